/**
 * Every error code of heatbath, once.
 *
 * A code reads `<where>_<what>` and is never renamed or reused. Its message names the place in
 * {braces}; its hint says what to do. `docs/errors.md` is generated from this table.
 */

interface Entry {
  readonly message: string
  readonly hint: string
}

const entry = (message: string, hint: string): Entry => ({ message, hint })

export const CODES = {
  internal_error: entry('{problem}', 'This is a fault of heatbath or of a component: please report it, with what HEATBATH_DEBUG=1 shows.'),
  command_invalid: entry('{problem}', 'See `{command} --help`.'),
  component_unknown: entry('there is no {name}', '{suggestion}'),
  component_failed: entry('{component} failed: {reason}', 'HEATBATH_DEBUG=1 shows where. It is a fault of whoever wrote the component.'),
  energy_invalid: entry('energy {energy} {problem}', 'Give E as one number for each chain: sum over the coordinates, the first axis of x [dim, chains], as in tf.sum(..., 0). Its variables, each once, have dim coordinates together, and its support is one interval, or dim of them.'),
  preview_untrained: entry('{stream} needs the model {model}, which is not trained yet', 'Run the pipeline, then preview one that loads the model: {model}: { file: ... }.'),
  config_invalid: entry('{unit} got {problem}', 'See `heatbath describe {unit}` for its fields.'),
  config_unresolved: entry(
    '{unit} has fields left to the data (auto) that were not decided yet',
    'Give numbers, or call its resolve(data) with a summary of the training data; pipelines do that by themselves.',
  ),
  pipeline_file: entry('{file} cannot be read: {reason}', 'Check the path; it starts from the folder that heatbath is called in.'),
  pipeline_invalid: entry('{file} has {count}', 'They are listed above, each with its place; `heatbath describe` knows every word.'),
  pipeline_syntax: entry('the file is not YAML: {problem}', 'See https://yaml.org/spec/1.2.2/; indent with spaces, quote strings that hold : or #.'),
  pipeline_variable: entry('environment variable {variable} is not set', 'Set it, or give a default: ${VAR:default}.'),
  pipeline_set: entry('--set {assignment}: {problem}', 'Write --set path.to.value=value, the path as `heatbath lint` prints it.'),
  pipeline_name: entry('{name} is not a name', 'Names have small letters, digits, - and _, begin with a letter or digit, and have at most 64 characters.'),
  pipeline_missing: entry('{word} is missing', 'See `heatbath describe` and docs/units for what each component needs.'),
  pipeline_type: entry('{word} is of the wrong type', 'See the examples in pipelines/ and `heatbath describe`.'),
  pipeline_value: entry('{problem}', 'See `heatbath describe` for what the field takes.'),
  pipeline_unknown_word: entry('unknown word {word}', 'See `heatbath describe` for the fields of each component.'),
  pipeline_unknown_component: entry('there is no {kind} {name}', 'See `heatbath list {kind}`.'),
  pipeline_unknown_stream: entry('there is no stream {name}', 'Declare it under streams.'),
  pipeline_unknown_model: entry('there is no model {name}', 'Declare it under models.'),
  pipeline_output: entry('{sink} takes a {takes}, not a {given}', 'Write from: STREAM for streams, model: MODEL for models.'),
  pipeline_order: entry('{operator} has no {before} before it', 'Training is perturb (contrast, encode), then loss, then optimize, of one model.'),
  loss_needs: entry('{loss} needs an energy, and the model is a score', 'Declare the model with output: energy.'),
  pipeline_cycle: entry('streams run in a circle: {circle}', 'Take one from out.'),
  pipeline_untrained: entry('model {model} is never trained', 'Train it in a stream, or load it: { file: model.safetensors }.'),
  pipeline_idle: entry('stream {stream} has no output and trains nothing', 'Give it an output, or take it out.'),
  pipeline_import: entry('{file} does not load: {reason}', 'An import exports components made with defineEnergy and its like.'),
  pipeline_untrusted: entry('imports are not loaded', 'Add --trust if you trust the author of the pipeline.'),
  pipeline_stream_head: entry('a stream has one of source, sample and from', 'Give it exactly one of them.'),
  model_missing: entry('there is no model file {path}', 'Paths are relative to the pipeline; a run writes a model where it has an output with model: and safetensors.'),
  model_choice: entry('{run} wrote no model {model}, but {models}', 'Name the model as that run does, or load it from its file: {files}.'),
  model_classes: entry('{component} heeds no classes', 'Declare classes of the model, { column: ... }, with a net that heeds them, as mlp, residual_mlp and unet do; rows come to it by perturb or encode.'),
  class_column: entry('column {column} {problem}: model {model} cannot take its classes from it in stream {stream}', 'Give models.{model}.classes a column of text, booleans or whole numbers.'),
  class_unknown: entry('model {model} tells no class {value} apart; it knows {classes}', 'Name some of those, or all.'),
  model_noise: entry('model {model} has no noise levels', 'Declare noise: { geometric: {} }, or contrast or encode rows instead of perturbing them.'),
  net_missing: entry('there is no file {path} for layers_model', 'Its path starts from the pipeline; the shards of its weights lie where its weightsManifest says, beside it. models: { m: { file: ... } } takes models that heatbath wrote.'),
  net_unfit: entry('the LayersModel cannot be the net of a model: {problem}', '{remedy}'),
  model_component: entry('the model file names the {kind} {name}, which is unknown here', 'Import the module that defines it.'),
  checkpoint_missing: entry('{folder} has no checkpoint', 'Runs that were stopped by a signal, or that failed, can be resumed; run the pipeline again.'),
  checkpoint_invalid: entry('the checkpoint {folder} {problem}', 'Run the pipeline again; what the run has written so far stays.'),
  run_exists: entry('{folder} holds a run already', 'Give another --out or --run-id{otherwise}.'),
  run_active: entry('{folder} is being run by process {process_id}', 'Wait for it, or end it: SIGINT lets it write a checkpoint.'),
  run_missing: entry('{folder} is not a run', 'See `heatbath runs` for those there are.'),
  data_empty: entry('stream {stream} has no rows', 'Check the source, its query and --limit.'),
  data_column: entry('column {column} {problem}', 'Select and convert columns in the source, or encode the table with the model.'),
  data_not_finite: entry(
    'column {column} is {value} in row {row} (counted from 0)',
    'Leave such rows out: {remedy}, or with on_invalid: drop. After a shuffle, rows are counted in its order.',
  ),
  data_category: entry(
    'column {column} is {value} in row {row} (counted from 0), a category that the encoding was not fitted to',
    'Fit to more rows, map rare categories to one in the query, or leave such rows out with on_invalid: drop.',
  ),
  source_missing: entry('there is no {path}', '{remedy}'),
  source_corrupt: entry('{path} {problem}', 'Fetch or write it again: it may be cut off, or of another format.'),
  sql_invalid: entry('the query does not hold{place}: {problem}', 'Try it in the DuckDB shell; names and values are case-sensitive in quotes.'),
  sql_statement: entry('the query is {given}, not one SELECT', 'Write one statement that begins with SELECT, WITH or FROM; other statements are not run.'),
  sql_parameter: entry('parameter ${parameter} {problem}', 'Write $name in the query and parameters: { name: value } beside it.'),
  sql_forbidden: entry(
    'the query reads {path}, outside the folders it may read',
    'It may read {allowed}; name further folders in allow: [...]. The name of a file in a parameter must be absolute.',
  ),
  sql_column: entry('column {column} is of the SQL type {type}, which has no column here', 'CAST it in the query, or leave it out.'),
  sql_failed: entry('the query failed: {reason}', 'Check the files it reads; for memory, read fewer columns or rows.'),
  gradient_stale: entry(
    'a gradient of version {of} of the model reached optimize when it was at version {at}',
    'Put no operator between loss and optimize that holds or reorders batches.',
  ),
  gradient_lost: entry(
    'the gradient that {model} needs for step {step} has not come to optimize for {seconds} s',
    'Put no operator between loss and optimize that drops batches: with clip_norm, a gradient is made smaller instead.',
  ),
  training_diverged: entry(
    'the loss of {model} is {loss} at step {step}',
    'Reduce the learning rate, clip the gradient (clip_norm), or look for extreme values in the data. The model is as it was after step {kept}; a run keeps it in checkpoints/.',
  ),
  validation_diverged: entry('the loss of {model} on held-out rows is {loss} at step {step}', 'Lower the learning rate or clip the gradient; look at the rows.'),
  training_empty: entry(
    'model {model} saw no batch: its training stream ended before the first',
    'rebatch drops what is less than a batch: give it fewer rows, or remainder: keep; or read more rows.',
  ),
  model_taken: entry('{model} is trained by two operators at once', 'Each model has one optimize.'),
  sampler_diverged: entry(
    'all {chains} chains of {stream} diverged by step {step}: their energy or score is not finite',
    'Reduce step_size (for Langevin on a Gaussian of variance v it must be below 2v), or check the energy at the start.',
  ),
  sampler_needs: entry(
    '{sampler} needs {need}, which {target} does not offer',
    'A Metropolis test needs an energy, and support: reject a Metropolis test; annealed_langevin needs a model over noise levels; samplers that reverse the noising (as ddim and reverse_sde) temperature 1, at others take annealed_langevin; ancestral an autoregressive model at temperature 1 (at others take gibbs); energy_variance tunes microcanonical, dual_averaging and windows what has an acceptance rate.',
  ),
  sampler_start: entry('{sampler} draws its own start, and another one is named', 'Leave start out: what it estimates rests on where its chains begin.'),
  start_unknown: entry('{target} has no independent draws at temperature {temperature} to start from', 'Start from noise, `start: { gaussian: {} }`, or from another stream, and burn in.'),
  start_rows: entry('{stream} has {rows} rows to start {chains} chains from', 'Give it a row for each chain, or sample fewer chains.'),
  stream_schema: entry('a batch of the stream {problem}', 'All batches of a stream have one schema: convert columns before they meet.'),
  sink_exists: entry('{path} is there already', 'Give another path, or `overwrite: true`.'),
  sink_path: entry('{path} cannot be an output: {problem}', 'Paths of outputs start from the run folder and stay in it: no .., no absolute path to elsewhere.'),
  sink_disk_full: entry(
    'the disk is full: {path} could not be written',
    'Free space or choose another folder (--out), then run again; what was begun is removed. Thin the stream, or use compression, to write less.',
  ),
  sink_unwritable: entry('{path} cannot be written: {reason}', 'Check that the folder may be written to and that nothing else has the name.'),
  sink_column: entry('column {column} of type {type} cannot be written as {format}', 'Leave the column out, or convert it in the source: in a query, {column}.* makes columns of what is in a STRUCT, to_json({column}) a text of anything.'),
  sink_compression: entry('Node {node} has no {compression}', 'Use Node 22.15 or later for zstd, or choose snappy or gzip.'),
  plot_invalid: entry('the picture cannot be drawn: {problem}', 'See https://vega.github.io/vega-lite/docs/ for what a spec takes, and `heatbath describe plot`.'),
  tap_stream_unknown: entry('there is no stream {stream} in this run', 'Its streams: {streams}.'),
  tap_column_unknown: entry('stream {stream} has no column {column}', 'Its columns: {columns}.'),
  tap_unreachable: entry('nothing answers at {url}: {reason}', 'Check the address: a run shows its own at its start. A run that is said to go on may have been killed; see `heatbath runs`.'),
  tap_refused: entry('{url} refuses: {problem}', '{remedy}'),
  tap_ended: entry('the run {run} is not going on: it {status}', 'What it wrote is in {folder}. `heatbath serve {folder}` shows it again.'),
  tap_unserved: entry('the run {run} has no server', 'It was begun with --no-serve, or is still starting.'),
  tap_cut: entry('the stream {stream} broke off: {reason}', 'The run, or its server, ended before the stream did; or this end read too slowly for minutes.'),
  serve_running: entry('the run {run} goes on, with {where}', 'Watch it there; `heatbath serve` shows runs that are over.'),
  serve_empty: entry('the run {run} has no stream that can be shown', 'Streams are shown that an output of the run wrote with parquet or arrow_file; see {folder}/manifest.json.'),
  server_port_taken: entry('port {port} of {host} is taken', 'Choose another --port, or none: then the next free one is found.'),
  server_host_unknown: entry('{host} is no address of this machine: {reason}', 'Give one of its own addresses; 127.0.0.1 unless others should reach the run.'),
  server_token_missing: entry(
    'to be reached at {host} the server of a run needs a token',
    'Set HEATBATH_TOKEN to a secret of 16 characters or more; who taps the run sends it as `Authorization: Bearer ...`.',
  ),
  server_token_wrong: entry('the token is missing or wrong', 'Send the header Authorization: Bearer TOKEN; `heatbath tap` takes it from HEATBATH_TOKEN.'),
  server_host_refused: entry('the Host header does not name this server', 'Use the address that the run showed: a page on another site may be asking.'),
  server_origin_refused: entry('requests from pages of other sites are refused', 'Open the page that this server shows, or ask without a browser.'),
  server_tls_invalid: entry('the certificate or its key cannot be used: {problem}', 'Both are PEM files, and the key is that of the (first) certificate: see --tls-cert and --tls-key.'),
  server_origin_invalid: entry('{origin} is no origin', 'An origin is written as browsers do: https://lab.example or http://localhost:3000, without a path.'),
  server_query: entry('{problem}', 'See /openapi.json for what can be asked.'),
  server_route_missing: entry('there is nothing at this path', 'See / for what there is.'),
  server_method: entry('only GET and HEAD are answered', 'A run is watched here, not changed.'),
  server_not_acceptable: entry('none of the formats asked for is offered', 'Accept application/vnd.apache.arrow.stream, application/x-ndjson or text/csv; or say ?format=arrow, ndjson or csv.'),
  server_url_long: entry('the URL is longer than {most} characters', 'Ask for fewer columns.'),
  server_headers_large: entry('the headers are larger than {most} bytes', 'Send fewer or shorter ones.'),
  server_request_malformed: entry('this is not a request of HTTP/1.1', 'See RFC 9112.'),
  server_request_slow: entry('the request took too long to arrive', 'Send it in one piece.'),
  server_busy: entry('{most} clients are here already', 'Try again when one has left.'),
  server_stream_empty: entry('the stream {stream} ended without a batch', 'See /streams for those that have some.'),
  server_stream_failed: entry('the stream {stream} failed', 'The run says why: see its log and its manifest.'),
  server_schema_unknown: entry('the columns of {stream} are not known before its first batch', 'Try again in a moment, or read the stream, which waits for it.'),
  server_page_missing: entry('the page is not there: it was not built', 'Build it with `npm run build`; streams, events and metrics are served without it.'),
  server_graph_missing: entry('this server shows streams that no pipeline declares', 'See /streams for what there is.'),
  server_landscape_missing: entry('the stream {stream} samples no energy of two variables', 'See landscapes in /graph for the streams that do.'),
  server_not_ready: entry('the first phase of the run has not begun', 'Try again in a moment.'),
  server_closing: entry('the run is over, its server closes', 'What it wrote is in its run folder.'),
  server_failed: entry('this could not be answered', 'It is a fault of heatbath: please report what you asked for.'),
  model_file_invalid: entry('the model file is invalid in {place}: {problem}', 'Write it again, or fetch it again: it may be cut off.'),
  engine_unavailable: entry(
    'TensorFlow is not set up here: {reason}',
    'Run `npx heatbath setup`; without it only the eager CPU backend works.',
  ),
  engine_host_read: entry(
    'a value that depends on recorded inputs was read on the host, in {place}',
    'Keep it in tensors: use tf.where instead of a JavaScript branch, and no dataSync or arraySync.',
  ),
  engine_host_random: entry(
    'Math.random was called in {place}, which is recorded once and replayed',
    'Draw with normal(key, shape) or uniform(key, shape) from heatbath.',
  ),
  engine_unknown_op: entry(
    'TensorFlow op {op} cannot be recorded, in {place}',
    'Write it with other tfjs ops, or open an issue naming the op.',
  ),
  engine_loop_state: entry(
    'loop state {leaf} was {before} and became {after}, in {place}',
    'A step must return its state with the shapes and dtypes it got.',
  ),
  engine_loop_gradient: entry(
    'a gradient was taken through loop(), in {place}',
    'Unroll the loop in JavaScript, or take the gradient inside its step.',
  ),
  engine_variable_assigned: entry(
    'variable {name} was assigned in {place}',
    'Recorded functions are pure: return the new value instead.',
  ),
  engine_run_failed: entry(
    '{program} failed in TensorFlow: {reason}',
    'The reason names the op; check shapes and dtypes of what goes into it.',
  ),
  engine_worker_died: entry(
    'the engine worker ended: {reason}',
    'Often memory: reduce chains, rows or net size; `heatbath doctor` shows what there is.',
  ),
} as const satisfies Record<string, Entry>

export type Code = keyof typeof CODES

export class HeatbathError extends Error {
  override readonly name = 'HeatbathError'
  readonly code: Code
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: Code, details: Readonly<Record<string, unknown>>, cause?: unknown) {
    super(`${details.declared_at === undefined ? '' : `${String(details.declared_at)}: `}${fill(CODES[code].message, details)}`, cause === undefined ? {} : { cause })
    this.code = code
    this.hint = fill(CODES[code].hint, details)
    this.details = details
  }
}

/** The error of a code, its message filled from `details`. Throw what it returns. */
export function fail(code: Code, details: Readonly<Record<string, unknown>> = {}, cause?: unknown): HeatbathError {
  return new HeatbathError(code, details, cause)
}

/** The error with the place in the pipeline that it is of, `models.digits`, in front; the first that it passes, and none where its message names the stream. */
export function errorAt(declared_at: string, error: unknown): unknown {
  if (!(error instanceof HeatbathError) || 'declared_at' in error.details || 'stream' in error.details) return error
  return fail(error.code, { ...error.details, declared_at }, error)
}

/** What is being made, its errors with their place. */
export const placed = <T>(declared_at: string, made: Promise<T>): Promise<T> => made.catch((error: unknown) => {
  throw errorAt(declared_at, error)
})

const fill = (text: string, details: Readonly<Record<string, unknown>>): string =>
  text.replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? `{${key}}`))
