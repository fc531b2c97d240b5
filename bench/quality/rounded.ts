/** For JSON.stringify: numbers to five digits. No figure of the judge is better known. */
export const rounded = (_: string, value: unknown): unknown => (typeof value === 'number' ? Number(value.toPrecision(5)) : value)
