/** The server of a run. */
export { startServer, type RunServer, type ServerOptions } from './server.ts'
export { LIMITS, type Limits } from './limits.ts'
export { openApi, type OpenApi } from './openapi.ts'
export { servedPipeline, type GraphAnswer, type ServedPipeline } from './served-pipeline.ts'
