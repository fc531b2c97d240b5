/**
 * Requests to the server of the run.
 *
 * Where it wants a token, that comes from the fragment of the address (`#token=...`, which no server
 * sees), or from whoever reads the page; it is kept for this tab.
 */
export class Refused extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const KEY = 'heatbath.token'

export function useToken(token: string): void {
  sessionStorage.setItem(KEY, token)
}

/** Takes the token out of the address, so that it is in no bookmark. */
export function takeTokenFromAddress(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return
  useToken(token)
  history.replaceState(null, '', location.pathname)
}

/** Throws Refused for an answer that is a failure. */
export async function ask(path: string, options: { readonly signal?: AbortSignal; readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Response> {
  const token = sessionStorage.getItem(KEY)
  const headers = { ...options.headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) }
  const response = await fetch(path, { headers, cache: 'no-store', ...(options.signal === undefined ? {} : { signal: options.signal }) })
  if (response.ok) return response
  const failure = await response.json().catch(() => ({})) as { readonly message?: string }
  throw new Refused(response.status, failure.message ?? response.statusText)
}

export const askJson = async <T>(path: string, signal?: AbortSignal): Promise<T> => await (await ask(path, signal === undefined ? {} : { signal })).json() as T

/** Resolves after so many ms, or when it is no longer wanted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    }, { once: true })
  })
}
