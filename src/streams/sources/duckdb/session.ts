/**
 * One query in a DuckDB of its own, which may read some folders and nothing else.
 *
 * The statement is one SELECT; values reach it as parameters. Its configuration is locked before the
 * query is seen: no other files, no network, no extensions. Names of files that are not absolute
 * start from `folder`: after FROM through a view of that name, in functions such as read_csv in the
 * text itself. Time zone UTC. Rows come in the order of the query; without ORDER BY a GROUP BY or a
 * join gives them in any.
 */
import { DuckDBInstance, DuckDBTypeId, StatementType, type DuckDBConnection, type DuckDBPreparedStatement, type DuckDBResult } from '@duckdb/node-api'
import bindings from '@duckdb/node-bindings'
import { Field, Schema, type RecordBatch } from 'apache-arrow'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fail, type HeatbathError } from '../../../errors.ts'
import { recordBatch } from '../../arrow/columns.ts'
import { quotedName } from '../../arrow/sql-names.ts'
import { columnReader, type ColumnReader } from './columns.ts'
import { sqlError } from './errors.ts'

export type SqlValue = string | number | boolean | null

export interface Query {
  readonly text: string
  readonly parameters: Readonly<Record<string, SqlValue>>
  /** Folder that names of files start from. */
  readonly folder: string
  /** Further folders that may be read. */
  readonly allow: readonly string[]
}

/** A batch over memory of DuckDB: good as long as its lender is held. */
export interface LentBatch {
  readonly batch: RecordBatch
  readonly lender: object
}

interface Column {
  readonly name: string
  readonly reader: ColumnReader
}

export class Session {
  readonly #query: Query
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  /** The query with absolute names of files in functions. */
  readonly #text: string
  #statement!: DuckDBPreparedStatement
  #columns: readonly Column[] = []

  static async open(query: Query): Promise<Session> {
    const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' })
    const session = new Session(query, instance, await instance.connect())
    try {
      await session.#restrict()
      await session.#prepare()
    } catch (error) {
      session.close()
      throw error
    }
    return session
  }

  private constructor(query: Query, instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#query = query
    this.#instance = instance
    this.#connection = connection
    this.#text = withAbsoluteNames(query.text, query.folder)
  }

  get schema(): Schema {
    return new Schema(this.#columns.map(({ name, reader }) => new Field(name, reader.type, true)))
  }

  /** Batches of up to 2048 rows. */
  async *batches(): AsyncGenerator<LentBatch> {
    const { schema } = this
    const result = await this.#explained(() => this.#statement.stream())
    for (;;) {
      const chunk = await this.#explained(() => result.fetchChunk())
      if (chunk === null || chunk.rowCount === 0) return
      const rows = chunk.rowCount
      const columns = this.#columns.map(({ reader }, i) => reader.read(bindings.data_chunk_get_vector(chunk.chunk, i), rows))
      yield { batch: recordBatch(schema, rows, columns), lender: chunk }
    }
  }

  async count(): Promise<number> {
    const result = await this.#wrapped('SELECT count(*)')
    return Number((await result.fetchChunk())?.getRows()[0]?.[0])
  }

  /** Ends what runs at present; its rows are not wanted any more. */
  interrupt(): void {
    this.#connection.interrupt()
  }

  close(): void {
    this.#connection.closeSync()
    this.#instance.closeSync()
  }

  async #restrict(): Promise<void> {
    const { folder, allow } = this.#query
    const folders = ['.', ...allow].map((other) => path.resolve(folder, other))
    for (const setting of [
      `temp_directory = ${quoted(path.join(tmpdir(), `heatbath-duckdb-${process.pid}`))}`, // made when memory runs out, not before
      "TimeZone = 'UTC'",
      `allowed_directories = [${folders.map(quoted).join(', ')}]`,
      'enable_external_access = false',
      'lock_configuration = true',
    ]) await this.#connection.run(`SET ${setting}`)
  }

  async #prepare(): Promise<void> {
    const given = firstWord(this.#text)
    if (!QUERIES.has(given)) throw fail('sql_statement', { given: given === '' ? 'empty' : `a statement that begins with ${given.toUpperCase()}` })
    const { count } = await this.#explained(() => this.#connection.extractStatements(this.#text))
    if (count !== 1) throw fail('sql_statement', { given: `${count} statements` })
    this.#statement = await this.#withViews(() => this.#connection.prepare(this.#text))
    const { statementType } = this.#statement
    if (statementType !== StatementType.SELECT) throw fail('sql_statement', { given: `a statement of kind ${StatementType[statementType]}` })
    bind(this.#statement, this.#query.parameters)
    this.#columns = await this.#described()
  }

  /** Prepares; a name of a file that is not absolute becomes a view of that name, and it is tried again. */
  async #withViews<T>(prepare: () => Promise<T>): Promise<T> {
    const made = new Set<string>()
    for (;;) {
      try {
        return await prepare()
      } catch (error) {
        const name = refusedFile(error)
        if (name === undefined || path.isAbsolute(name) || isUrl(name) || made.has(name)) throw this.#explain(error)
        made.add(name)
        const file = path.resolve(this.#query.folder, name)
        await this.#explained(() => this.#connection.run(`CREATE VIEW ${quotedName(name)} AS SELECT * FROM ${quoted(file)}`))
      }
    }
  }

  /** Columns by name and type, without running the query. */
  async #described(): Promise<Column[]> {
    const statement = this.#statement
    const numbers = Array.from({ length: statement.columnCount }, (_, i) => i)
    // The types of some columns follow from the types of parameters, which are known when they are bound.
    const bound = numbers.some((i) => statement.columnTypeId(i) === DuckDBTypeId.INVALID) ? await this.#wrapped('SELECT *', 'LIMIT 0') : undefined
    const names = bound === undefined ? numbers.map((i) => statement.columnName(i)) : bound.columnNames()
    const twice = names.find((name, i) => names.indexOf(name) !== i)
    if (twice !== undefined) throw fail('data_column', { column: twice, problem: 'is there twice: name one of them otherwise (AS)' })
    const [first = ''] = names
    if (names.length === 1 && /^[^()']*[,;|\t][^()']*$/.test(first) && /csv|tsv/i.test(this.#text)) {
      throw fail('data_column', { column: first, problem: 'is whole lines of a CSV file: its rows differ in their number of fields. read_csv(..., auto_detect = false, columns = {...}) names the first of them' })
    }
    return names.map((name, i) => ({ name, reader: columnReader(name, bound === undefined ? statement.columnType(i) : bound.columnType(i)) }))
  }

  /** Runs a query about the query. */
  async #wrapped(before: string, after = ''): Promise<DuckDBResult> {
    const text = `${before} FROM (\n${this.#text.replace(/[;\s]+$/, '')}\n) ${after}`
    return this.#explained(async () => {
      const statement = await this.#connection.prepare(text)
      bind(statement, this.#query.parameters)
      return statement.run()
    })
  }

  async #explained<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      throw this.#explain(error)
    }
  }

  #explain(error: unknown): HeatbathError {
    const { folder, allow } = this.#query
    return sqlError(error, { text: this.#text, folder, allow })
  }
}

/** What a query may begin with. */
const QUERIES = new Set(['select', 'with', 'from', 'values', 'table'])

/** The first word of a statement, after comments and brackets. */
const firstWord = (text: string): string => (/^(?:\s|\(|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*(\w*)/.exec(text)?.[1] ?? '').toLowerCase()

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

const isUrl = (name: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(name)

/** Functions that take names of files, and their first argument: a name or a list of names. */
const FILE_FUNCTION = /\b(?:read_\w+|parquet_\w+|sniff_csv|glob)\s*\(\s*(?:'(?:[^']|'')*'|\[[^\]]*\])/gi

const withAbsoluteNames = (text: string, folder: string): string =>
  text.replace(FILE_FUNCTION, (call) => call.replace(/'((?:[^']|'')*)'/g, (literal, escaped: string) => {
    const name = escaped.replaceAll("''", "'")
    return isUrl(name) ? literal : quoted(path.resolve(folder, name))
  }))

const refusedFile = (error: unknown): string | undefined =>
  (error instanceof Error ? /^Permission Error: Cannot access file "(.*)" - file system operations/s.exec(error.message)?.[1] : undefined)

function bind(statement: DuckDBPreparedStatement, parameters: Readonly<Record<string, SqlValue>>): void {
  const names = Array.from({ length: statement.parameterCount }, (_, i) => statement.parameterName(i + 1))
  const unknown = Object.keys(parameters).find((name) => !names.includes(name))
  if (unknown !== undefined) throw fail('sql_parameter', { parameter: unknown, problem: `is not in the query, which has ${names.map((name) => `$${name}`).join(', ') || 'none'}` })
  names.forEach((name, i) => {
    const value = parameters[name]
    if (value === undefined) throw fail('sql_parameter', { parameter: name, problem: 'has no value' })
    bindValue(statement, i + 1, value)
  })
}

function bindValue(statement: DuckDBPreparedStatement, index: number, value: SqlValue): void {
  if (value === null) statement.bindNull(index)
  else if (typeof value === 'string') statement.bindVarchar(index, value)
  else if (typeof value === 'boolean') statement.bindBoolean(index, value)
  else if (Number.isSafeInteger(value)) statement.bindBigInt(index, BigInt(value))
  else statement.bindDouble(index, value)
}
