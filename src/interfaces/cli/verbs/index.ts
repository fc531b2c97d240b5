import type { Verb } from '../verb.ts'
import { create } from './create.ts'
import { describe } from './describe.ts'
import { docs } from './docs.ts'
import { doctor } from './doctor.ts'
import { graph } from './graph.ts'
import { lint } from './lint.ts'
import { list } from './list.ts'
import { preview } from './preview.ts'
import { resume } from './resume.ts'
import { run } from './run.ts'
import { runs } from './runs.ts'
import { schema } from './schema.ts'
import { serve } from './serve.ts'
import { setup } from './setup.ts'
import { tap } from './tap.ts'

/** In the order of the help. */
export const verbs: readonly Verb[] = [run, resume, tap, serve, runs, lint, graph, preview, list, describe, create, schema, setup, doctor, docs]
