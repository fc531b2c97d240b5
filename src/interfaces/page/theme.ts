/** Light or dark: as the system says, until the reader says otherwise. */
import { setAttributes, setText } from './dom.ts'

type Scheme = 'light' | 'dark'

const KEY = 'heatbath.scheme'
const system = matchMedia('(prefers-color-scheme: dark)')

/** Makes the button a switch; `onChange` is told when colours are others. */
export function theme(button: HTMLButtonElement, onChange: () => void): void {
  let chosen = stored()
  const show = (): void => {
    const now: Scheme = chosen ?? (system.matches ? 'dark' : 'light')
    setAttributes(document.documentElement, { 'data-scheme': now })
    setAttributes(button, { 'aria-pressed': String(now === 'dark'), title: `${now === 'dark' ? 'Light' : 'Dark'} colours` })
    setText(button.querySelector('.sign') as Element, now === 'dark' ? '☀' : '☾')
    onChange()
  }
  system.addEventListener('change', show)
  button.addEventListener('click', () => {
    const dark = (chosen ?? (system.matches ? 'dark' : 'light')) === 'dark'
    chosen = dark ? 'light' : 'dark'
    localStorage.setItem(KEY, chosen)
    show()
  })
  show()
}

function stored(): Scheme | undefined {
  const value = localStorage.getItem(KEY)
  return value === 'light' || value === 'dark' ? value : undefined
}
