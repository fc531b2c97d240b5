/** Rows as columns of text, for terminals. */

export interface Column {
  readonly name: string
  /** Numbers end where those above and below end. */
  readonly is_number?: boolean
}

/** Lines without trailing spaces; the last column is as wide as it is. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], hasHeader = true): string {
  const lines = hasHeader ? [columns.map(({ name }) => name), ...rows] : rows
  const widths = columns.map((_, i) => Math.max(0, ...lines.map((line) => width(line[i] ?? ''))))
  const cell = (text: string, i: number): string => {
    const padding = ' '.repeat(Math.max(0, (widths[i] ?? 0) - width(text)))
    return columns[i]?.is_number === true ? padding + text : text + padding
  }
  return lines.map((line) => `${line.map(cell).join('  ').trimEnd()}\n`).join('')
}

const width = (text: string): number => [...text].length
