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
  config_invalid: entry('{unit} got {problem}', 'See `heatbath describe {unit}` for its fields.'),
  config_unresolved: entry(
    '{unit} has fields left to the data (auto) that were not decided yet',
    'Give numbers, or call its resolve(data) with a summary of the training data; pipelines do that by themselves.',
  ),
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
  pipeline_order: entry('{operator} has no {before} before it', 'Training is perturb, then loss, then optimize, of one model.'),
  pipeline_cycle: entry('streams run in a circle: {circle}', 'Take one from out.'),
  pipeline_untrained: entry('model {model} is never trained', 'Train it in a stream, or load it: { file: model.safetensors }.'),
  pipeline_idle: entry('stream {stream} has no output and trains nothing', 'Give it an output, or take it out.'),
  pipeline_import: entry('{file} does not load: {reason}', 'An import exports components made with defineEnergy and its like.'),
  pipeline_untrusted: entry('imports are not loaded', 'Add --trust if you trust the author of the pipeline.'),
  pipeline_stream_head: entry('a stream has one of source, sample and from', 'Give it exactly one of them.'),
  run_exists: entry('{folder} holds a run already', 'Give another --out or --run-id, or `heatbath resume` it.'),
  run_missing: entry('{folder} is not a run', 'See `heatbath runs` for those there are.'),
  data_empty: entry('stream {stream} has no rows', 'Check the source, its query and --limit.'),
  data_column: entry('column {column} {problem}', 'Select and convert columns in the source, or encode the table with the model.'),
  gradient_stale: entry(
    'a gradient of version {of} of the model reached optimize when it was at version {at}',
    'Put no operator between loss and optimize that holds or reorders batches.',
  ),
  training_diverged: entry(
    'the loss of {model} is {loss} at step {step}',
    'Reduce the learning rate, clip the gradient (clip_norm), or look for extreme values in the data. The model is as it was before step {step}.',
  ),
  model_taken: entry('{model} is trained by two operators at once', 'Each model has one optimize.'),
  sampler_diverged: entry(
    'all {chains} chains of {stream} diverged by step {step}: their energy or score is not finite',
    'Reduce step_size (for Langevin on a Gaussian of variance v it must be below 2v), or check the energy at the start.',
  ),
  sampler_needs: entry(
    '{sampler} needs {need}, which {target} does not offer',
    'A Metropolis test needs an energy; annealed_langevin needs a model over noise levels.',
  ),
  stream_schema: entry('a batch of the stream {problem}', 'All batches of a stream have one schema: convert columns before they meet.'),
  sink_exists: entry('{path} is there already', 'Give another path, or `overwrite: true`.'),
  sink_path: entry('{path} does not lie in the run folder', 'Paths of outputs start from the run folder and stay in it: no .., no absolute path to elsewhere.'),
  sink_disk_full: entry(
    'the disk is full: {path} could not be written',
    'Free space or choose another folder (--out), then run again; what was begun is removed. Thin the stream, or use compression, to write less.',
  ),
  sink_unwritable: entry('{path} cannot be written: {reason}', 'Check that the folder may be written to and that nothing else has the name.'),
  sink_column: entry('column {column} of type {type} cannot be written as {format}', 'Leave the column out, or convert it in the source.'),
  sink_compression: entry('Node {node} has no {compression}', 'Use Node 22.15 or later for zstd, or choose snappy or gzip.'),
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
    super(fill(CODES[code].message, details), cause === undefined ? {} : { cause })
    this.code = code
    this.hint = fill(CODES[code].hint, details)
    this.details = details
  }
}

/** The error of a code, its message filled from `details`. Throw what it returns. */
export function fail(code: Code, details: Readonly<Record<string, unknown>> = {}, cause?: unknown): HeatbathError {
  return new HeatbathError(code, details, cause)
}

const fill = (text: string, details: Readonly<Record<string, unknown>>): string =>
  text.replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? `{${key}}`))
