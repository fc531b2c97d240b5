/**
 * What the page may be made of: what runs in a browser, under its policy.
 *
 * Imports of values are followed through all sources; types may come from anywhere, as they are gone
 * when it is built.
 */
import path from 'node:path'
import { packageOf, PAGE, withoutComments, withoutStrings, type Sources, type Violation } from './layers.ts'

/** Packages that run in a browser. */
const BROWSER = new Set(['apache-arrow', 'uplot'])

/** Node's own, and what the page's policy refuses. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/\b(?:process|Buffer|global|__dirname|setImmediate)\b\s*[.([]|\brequire\s*\(/, 'uses what only Node has'],
  [/\b(?:innerHTML|outerHTML|insertAdjacentHTML|srcdoc)\b|\bdocument\s*\.\s*write/, 'takes text for HTML'],
  [/\beval\s*\(|\bnew\s+Function\b/, 'runs text'],
]

export function pageProblems(sources: Sources): Violation[] {
  const own = Object.keys(sources).filter((file) => file.startsWith(PAGE) && file.endsWith('.ts'))
  return own.flatMap((file) => {
    const bare = withoutStrings(withoutComments(sources[file] as string))
    return [...reached(file, sources), ...FORBIDDEN.flatMap(([form, problem]) => (form.test(bare) ? [problem] : []))].map((problem) => ({ file, problem }))
  })
}

/** What a file brings into the browser that does not run there. */
function reached(file: string, sources: Sources, seen = new Set<string>([file])): string[] {
  const by = seen.size === 1 ? '' : `, by way of ${file}`
  return valueImports(withoutComments(sources[file] ?? '')).flatMap((specifier) => {
    if (!specifier.startsWith('.')) return BROWSER.has(packageOf(specifier)) ? [] : [`brings ${specifier} into the browser${by}`]
    const target = path.posix.join(path.posix.dirname(file), specifier)
    if (seen.has(target)) return []
    seen.add(target)
    return reached(target, sources, seen)
  })
}

/** What is imported other than as `import type` or `export type`. */
function valueImports(code: string): string[] {
  const forms = [/^(?:import|export)\b(?!\s+type\b)[^'"`;=]*?\bfrom\s*['"]([^'"\s]+)['"]/gm, /^import\s*['"]([^'"\s]+)['"]/gm, /\bimport\(\s*['"]([^'"\s]+)['"]/g]
  return forms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] as string))
}
