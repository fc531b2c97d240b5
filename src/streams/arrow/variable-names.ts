/** Which columns of a stream are its variables, by the names of all: what readers without the schema's types need too. */

/** In particles what stands between temperature and energy; in other rows every column. */
export const variableNames = (names: readonly string[]): readonly string[] =>
  isParticles(names) ? names.slice(names.indexOf('temperature') + 1, names.indexOf('energy')) : names

/** Whether the columns are those of particles. */
export const isParticles = (names: readonly string[]): boolean =>
  names[0] === 'step' && names.includes('temperature') && names.indexOf('energy') > names.indexOf('temperature')
