/**
 * The part of Arrow Flight that is spoken here, as gRPC describes services.
 *
 * https://github.com/apache/arrow/blob/main/format/Flight.proto
 */
import type { ServiceDefinition } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'

export interface FlightDescriptor {
  readonly type: 'UNKNOWN' | 'PATH' | 'CMD'
  readonly cmd: Buffer
  readonly path: readonly string[]
}

export interface Ticket {
  readonly ticket: Buffer
}

export interface FlightInfo {
  readonly schema: Uint8Array
  readonly flight_descriptor: Pick<FlightDescriptor, 'type' | 'path'>
  readonly endpoint: readonly { readonly ticket: Ticket }[]
  readonly total_records: number
  readonly total_bytes: number
  readonly ordered: boolean
  readonly app_metadata: Uint8Array
}

export interface Criteria {
  readonly expression: Buffer
}

export interface SchemaResult {
  readonly schema: Uint8Array
}

/** Numbers of fields of FlightData, which is encoded by hand. */
export const DATA_FIELDS = { header: 2, app_metadata: 3, body: 1000 } as const

const field = (id: number, type: string, repeated = false): object => ({ id, type, ...(repeated ? { rule: 'repeated' } : {}) })

const PACKAGE = {
  FlightService: {
    methods: {
      ListFlights: { requestType: 'Criteria', responseType: 'FlightInfo', responseStream: true },
      GetFlightInfo: { requestType: 'FlightDescriptor', responseType: 'FlightInfo' },
      GetSchema: { requestType: 'FlightDescriptor', responseType: 'SchemaResult' },
      DoGet: { requestType: 'Ticket', responseType: 'FlightData', responseStream: true },
    },
  },
  Criteria: { fields: { expression: field(1, 'bytes') } },
  Ticket: { fields: { ticket: field(1, 'bytes') } },
  SchemaResult: { fields: { schema: field(1, 'bytes') } },
  Location: { fields: { uri: field(1, 'string') } },
  FlightDescriptor: {
    fields: { type: field(1, 'DescriptorType'), cmd: field(2, 'bytes'), path: field(3, 'string', true) },
    nested: { DescriptorType: { values: { UNKNOWN: 0, PATH: 1, CMD: 2 } } },
  },
  FlightEndpoint: { fields: { ticket: field(1, 'Ticket'), location: field(2, 'Location', true) } },
  FlightInfo: {
    fields: {
      schema: field(1, 'bytes'), flight_descriptor: field(2, 'FlightDescriptor'), endpoint: field(3, 'FlightEndpoint', true),
      total_records: field(4, 'int64'), total_bytes: field(5, 'int64'), ordered: field(6, 'bool'), app_metadata: field(7, 'bytes'),
    },
  },
  FlightData: { fields: { data_header: field(DATA_FIELDS.header, 'bytes'), app_metadata: field(DATA_FIELDS.app_metadata, 'bytes'), data_body: field(DATA_FIELDS.body, 'bytes') } },
}

const NAME = 'arrow.flight.protocol.FlightService'

/** `DoGet` answers with messages that are encoded already. */
export function flightService(): ServiceDefinition {
  const all = fromJSON({ nested: { arrow: { nested: { flight: { nested: { protocol: { nested: PACKAGE } } } } } } } as Parameters<typeof fromJSON>[0], { keepCase: true, longs: Number, enums: String, defaults: true, arrays: true })
  const service = all[NAME] as ServiceDefinition
  return { ...service, DoGet: { ...(service.DoGet as ServiceDefinition[string]), responseSerialize: (encoded: Buffer) => encoded } }
}
