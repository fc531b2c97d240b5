/** Files to start from. */

/** A name in the forms that files, the language and TypeScript have for it. */
export interface Names {
  /** `my-energy`: the file, or the pipeline. */
  readonly file: string
  /** `my_energy`: the word of the language. */
  readonly word: string
  /** `myEnergy`: the export. */
  readonly export: string
}

export interface Skeleton {
  /** What is created: `pipeline`, or a kind of component. */
  readonly kind: string
  readonly extension: 'yaml' | 'ts'
  text(names: Names): string
}

/** From `my-energy` or `my_energy`. */
export function namesFrom(name: string): Names {
  const parts = name.split(/[-_]/)
  return {
    file: parts.join('-'),
    word: parts.join('_'),
    export: parts.map((part, i) => (i === 0 ? part : part.charAt(0).toUpperCase() + part.slice(1))).join(''),
  }
}

/** The lines that a component begins with; not in the skeletons themselves, where they would be taken for imports of ours. */
export const importsOf = (heatbath: string, tf: string): string =>
  [[heatbath, 'heatbath'], [tf, 'heatbath/tf']].map(([names, from]) => `import { ${names} } from '${from}'`).join('\n')
