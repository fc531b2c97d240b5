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
