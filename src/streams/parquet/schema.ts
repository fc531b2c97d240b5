/**
 * An Arrow schema as the tree of a Parquet schema.
 *
 * A list is a Parquet LIST of three levels. The Arrow schema itself is kept under `ARROW:schema`, as
 * Arrow's own libraries do: their readers give back fixed sizes, dictionaries and fields' metadata.
 * Errors: sink_column for a type that has no place in the file.
 */
import { DataType, type Field, type Schema } from 'apache-arrow'
import type { KeyValue, SchemaElement } from 'hyparquet-writer'
import { fail } from '../../errors.ts'
import { encodeStream } from '../arrow/ipc.ts'
import { sqlName } from '../arrow/sql-names.ts'
import { leafOf, type Leaf } from './leaves.ts'

/** A column of the file. */
export interface Shape {
  readonly name: string
  readonly path: readonly string[]
  readonly leaf: Leaf
  readonly is_nullable: boolean
  /** Present for a list. */
  readonly list?: { readonly size: number | undefined; readonly is_nullable: boolean }
}

export function shapeOf({ name, type, nullable }: Field): Shape {
  if (DataType.isFixedSizeList(type) || DataType.isList(type)) {
    const item = type.children[0] as Field
    const leaf = leafOf(item.type)
    if (leaf === undefined || DataType.isDictionary(item.type)) throw fail('sink_column', { column: name, type: sqlName(type), format: 'Parquet' })
    const size = DataType.isFixedSizeList(type) ? type.listSize : undefined
    return { name, path: [name, 'list', 'element'], leaf, is_nullable: nullable, list: { size, is_nullable: item.nullable } }
  }
  const leaf = leafOf(type)
  if (leaf === undefined) throw fail('sink_column', { column: name, type: sqlName(type), format: 'Parquet' })
  return { name, path: [name], leaf, is_nullable: nullable || DataType.isNull(type) }
}

export function elementsOf(shapes: readonly Shape[]): SchemaElement[] {
  return [{ name: 'schema', num_children: shapes.length }, ...shapes.flatMap(({ name, leaf, is_nullable, list }) => {
    const repetition_type = repetition(is_nullable)
    if (list === undefined) return [{ name, repetition_type, ...leaf.element }]
    return [
      { name, repetition_type, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: repetition(list.is_nullable), ...leaf.element },
    ] satisfies SchemaElement[]
  })]
}

const repetition = (is_nullable: boolean): 'OPTIONAL' | 'REQUIRED' => (is_nullable ? 'OPTIONAL' : 'REQUIRED')

export const metadataOf = (schema: Schema): KeyValue[] => [
  ...[...schema.metadata].map(([key, value]) => ({ key, value })),
  { key: 'ARROW:schema', value: Buffer.concat(encodeStream(schema).start()).toString('base64') },
]
