/**
 * The rows of an SQL query over files: Parquet, CSV or JSON, by names with wildcards.
 *
 * Runs in DuckDB, streaming: memory does not grow with the result. One SELECT; values are bound as
 * parameters. Files are read below the folder of the pipeline and the folders of `allow`, no others.
 * Columns keep their SQL types as Arrow types, nulls included; integers, floats, text, booleans,
 * dates, times, timestamps (in UTC), decimals, enumerations, lists, arrays and structs. Rows come in
 * the order of the query: write ORDER BY after a GROUP BY or a join to read them in one order always.
 * Errors: sql_invalid (with line and column), sql_statement, sql_parameter, sql_forbidden, sql_column,
 * sql_failed, source_missing.
 */
import type { RecordBatch } from 'apache-arrow'
import { defer, finalize } from 'rxjs'
import { z } from 'zod'
import { copyBatches } from '../arrow/rows.ts'
import { fromPull } from '../pull.ts'
import { defineSource } from './contract.ts'
import type { LentBatch, Query, Session } from './duckdb/session.ts'

const Config = z.strictObject({
  query: z.string().min(1).meta({ description: 'One SELECT. Files stand in quotes after FROM: names with wildcards, relative to the pipeline.' }),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}).meta({ description: 'Values of $name in the query.' }),
  allow: z.array(z.string()).default([]).meta({ description: 'Further folders that the query may read, relative to the pipeline.' }),
  batch_rows: z.int().positive().default(8192).meta({ description: 'Most rows of a batch.' }),
})

export const sql = defineSource({
  name: 'sql',
  summary: 'The rows of an SQL query over Parquet, CSV or JSON files.',
  config: Config,
  example: 'source: { sql: { query: "SELECT delay, distance FROM \'flights.parquet\' WHERE delay < $most", parameters: { most: 500 } } }',
  reference: 'DuckDB, https://duckdb.org/docs/stable/sql/introduction',
  open({ query: text, parameters, allow, batch_rows }, { folder, limit = Infinity }) {
    const query = { text, parameters, allow, folder }
    return {
      rows$: defer(() => {
        const reading = new Reading(query, batch_rows, limit)
        return fromPull(() => reading.batches()).pipe(finalize(() => reading.interrupt()))
      }),
      schema: () => withSession(query, (session) => session.schema),
      numRows: async () => Math.min(limit, await withSession(query, (session) => session.count())),
      can_replay: true,
    }
  },
})

/** DuckDB is loaded when the first query is asked. */
const openSession = async (query: Query): Promise<Session> => (await import('./duckdb/session.ts')).Session.open(query)

async function withSession<T>(query: Query, use: (session: Session) => T | Promise<T>): Promise<T> {
  const session = await openSession(query)
  try {
    return await use(session)
  } finally {
    session.close()
  }
}

/** One pass over the rows of a query. */
class Reading {
  readonly #query: Query
  readonly #batchRows: number
  readonly #limit: number
  #session: Session | undefined
  /** What the next batch is made of. */
  #held: LentBatch[] = []
  #rows = 0

  constructor(query: Query, batchRows: number, limit: number) {
    this.#query = query
    this.#batchRows = batchRows
    this.#limit = limit
  }

  async *batches(): AsyncGenerator<RecordBatch> {
    const session = await openSession(this.#query)
    this.#session = session
    try {
      let left = this.#limit
      for await (const { batch, lender } of session.batches()) {
        for (let from = 0; from < batch.numRows && left > 0;) {
          const rows = Math.min(batch.numRows - from, this.#batchRows - this.#rows, left)
          this.#held.push({ batch: batch.slice(from, from + rows), lender })
          this.#rows += rows
          from += rows
          left -= rows
          if (this.#rows === this.#batchRows) yield this.#taken()
        }
        if (left === 0) break
      }
      if (this.#rows > 0) yield this.#taken()
    } finally {
      this.#held = []
      this.#session = undefined
      session.close()
    }
  }

  /** Ends a query whose rows nobody waits for any more. */
  interrupt(): void {
    this.#session?.interrupt()
  }

  #taken(): RecordBatch {
    const copy = copyBatches(this.#held.map(({ batch }) => batch))
    this.#held = [] // not before the copy: their memory goes with it
    this.#rows = 0
    return copy
  }
}
