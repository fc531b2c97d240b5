/** What a server is started with. */
import type { Hub } from '../../streams/taps/index.ts'
import type { Limits } from './limits.ts'
import type { ServedPipeline } from './served-pipeline.ts'

export interface Tls {
  /** The certificate, with those between it and its authority, and its key: PEM. */
  readonly cert: string | Buffer
  readonly key: string | Buffer
}

export interface ServerOptions {
  /** Of the pipeline. */
  readonly name: string
  readonly run_id: string
  /** The run folder; told, not served. */
  readonly folder: string
  /** An address of this machine; 127.0.0.1 unless given. */
  readonly host?: string
  /** 4983 or the next free one unless given; 0 for any. */
  readonly port?: number
  /** Where Arrow Flight is spoken, 0 for any; nowhere unless given. */
  readonly flight_port?: number
  /** Asked of every request; needed for any address but loopback. */
  readonly token?: string
  /** Speaks HTTPS, and Flight over TLS. */
  readonly tls?: Tls
  /** Origins whose pages may read what is served: https://lab.example. None unless given. */
  readonly origins?: readonly string[]
  /** What the run will show, as `plan(pipeline)` has it: streams are listed before they run, and end with their last phase. */
  readonly phases?: readonly { readonly streams: readonly string[] }[]
  /** The pipeline that is run, for /graph and for energies under particles. */
  readonly pipeline?: ServedPipeline
  /** Shared with other servers of the run; else the server has its own, and ends it with the run. */
  readonly hub?: Hub
  /** Folder of the page as it was built; that of the package unless given. */
  readonly page?: string
  /** Serves streams only with what the program leaves over of the processors, and a little; as fast as it can unless set. */
  readonly is_sparing?: boolean
  readonly limits?: Partial<Limits>
  /** Learns of faults that are the server's own. */
  readonly onFault?: (error: unknown) => void
}
