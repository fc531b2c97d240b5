/**
 * Runs set-up in a world given as JSON: node drive.mjs MAIN WORLD. A process of its own, to be killed.
 */
const { setup } = await import(process.argv[2] ?? '')
const { machine, ...world } = JSON.parse(process.argv[3] ?? '')
const { platform, arch, glibc, has_gpu = false } = machine
process.exitCode = await setup({ ...world, machine: { platform, arch, glibc: () => glibc, hasGpu: () => has_gpu } })
