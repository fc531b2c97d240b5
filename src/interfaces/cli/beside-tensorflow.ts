/** Imports what a verb computes with, while TensorFlow loads in its worker: either takes half a second and more. */
export async function besideTensorFlow<Module>(load: () => Promise<Module>): Promise<Module> {
  const { startEarly } = await import('../../engine/index.ts')
  startEarly()
  return load()
}
