import { arrowFile } from './arrow-file.ts'
import { console } from './console.ts'
import { imageGrid } from './image-grid.ts'
import { parquet } from './parquet.ts'
import { plot } from './plot.ts'
import { safetensors } from './safetensors.ts'
import { tensorboard } from './tensorboard.ts'

export const sinks = [arrowFile, console, imageGrid, parquet, plot, safetensors, tensorboard] as const
