/** Whether a process of this machine lives. */
export function isAlive(process_id: number): boolean {
  try {
    return process.kill(process_id, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
