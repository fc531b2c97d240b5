/** A schema as JSON, for those who ask what a stream has. */
import { DataType, type Schema } from 'apache-arrow'
import { typeName } from '../arrow/type-names.ts'
import type { SchemaInfo } from './contract.ts'

export const schemaInfo = ({ fields, metadata }: Schema): SchemaInfo => ({
  fields: fields.map(({ name, type, nullable, metadata: own }) => ({
    name, type: nameOf(type), nullable, ...(own.size === 0 ? {} : { metadata: Object.fromEntries(own) }),
  })),
  metadata: Object.fromEntries(metadata),
})

const nameOf = (type: DataType): string =>
  typeName(type) ?? (DataType.isFixedSizeList(type) ? `fixed_size_list<${nameOf(type.valueType as DataType)}>[${type.listSize}]` : String(type))
