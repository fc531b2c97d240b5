/** The server of a run. */
export { startServer, type RunServer } from './server.ts'
export { serve, type Served, type ServeOptions } from './serve.ts'
export type { ServerOptions, Tls } from './options.ts'
export { LIMITS, type Limits } from './limits.ts'
export { openApi, type OpenApi } from './openapi.ts'
export { servedPipeline, type GraphAnswer, type ServedPipeline } from './served-pipeline.ts'
