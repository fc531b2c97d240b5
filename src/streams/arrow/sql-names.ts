/** Names in SQL: those of columns and tables in quotes, and Arrow types as SQL calls them, `STRUCT(a INTEGER, b VARCHAR[])`. */
import { DataType } from 'apache-arrow'

const PLAIN: Readonly<Record<string, string>> = {
  Bool: 'BOOLEAN', Int8: 'TINYINT', Int16: 'SMALLINT', Int32: 'INTEGER', Int64: 'BIGINT', Uint8: 'UTINYINT', Uint16: 'USMALLINT', Uint32: 'UINTEGER', Uint64: 'UBIGINT',
  Float32: 'FLOAT', Float64: 'DOUBLE', Utf8: 'VARCHAR', Binary: 'BLOB',
}

export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The name of a type; what Arrow calls it where SQL has no word. */
export function sqlName(type: DataType): string {
  if (DataType.isStruct(type)) return `STRUCT(${type.children.map((field) => `${field.name} ${sqlName(field.type)}`).join(', ')})`
  if (DataType.isList(type)) return `${sqlName(type.valueType as DataType)}[]`
  if (DataType.isFixedSizeList(type)) return `${sqlName(type.valueType as DataType)}[${type.listSize}]`
  return PLAIN[String(type)] ?? String(type)
}
