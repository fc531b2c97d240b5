/**
 * Asks /healthz every ten milliseconds until nothing answers; prints how long answers took, as JSON.
 *
 *   node health.mjs URL
 */
import http from 'node:http'

const [url = ''] = process.argv.slice(2)
const agent = new http.Agent({ keepAlive: true })
/** @type {number[]} */
const times = []
let isOver = false

/** @type {() => Promise<void>} */
const ask = () => new Promise((resolve) => {
  const begun = performance.now()
  const over = () => {
    isOver = true
    resolve()
  }
  http.get(`${url}/healthz`, { agent }, (response) => {
    response.resume().on('error', over).on('end', () => {
      times.push(performance.now() - begun)
      resolve()
    })
  }).on('error', over)
})

while (!isOver) {
  await ask()
  await new Promise((resolve) => setTimeout(resolve, 10))
}
times.sort((a, b) => a - b)
const at = (/** @type {number} */ share) => Math.round((times[Math.floor(times.length * share)] ?? NaN) * 100) / 100
process.stdout.write(`${JSON.stringify({ answers: times.length, p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(0.99999) })}\n`)
process.exit()
