/**
 * U-Net: convolutions at falling and rising resolution, with shortcuts between the two.
 *
 *   h ← conv(patches of x);   at each level: blocks, then means of 2 × 2 pixels;   attention at the lowest
 *   up again: pixels doubled, joined with that level's h, blocks;   f = patches⁻¹(conv(silu(norm(h))))
 *   block: h + B silu(norm(A silu(norm(h))) ⊙ (1 + g(e)) + o(e)),   e an embedding of the noise, and of the class
 *
 * Images are cut into patches of p × p pixels, which become channels: most of the work is then done
 * at a p-th of the resolution. norm gives each image mean 0 and variance 1. The last convolution of
 * each block, and that of the net, start small.
 * Rows: x [rows, height · width · colours], row-major; the outputs are as many.
 */
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { tf, type Tensor2D, type Tensor4D } from '../../engine/tf.ts'
import { defineNet } from './contract.ts'
import type { HostDraws } from './host-draws.ts'
import { attend, conv, doubled, fromPatches, halved, initAttention, initConv, normalizeImages, toPatches, type Attention, type Conv } from './image-layers.ts'
import { dense, embedded, initClasses, initDense, silu, type Dense, type Embedding } from './layers.ts'

const Config = z.strictObject({
  channels: z.array(z.int().positive()).nonempty().default([32, 64]).meta({ description: 'Channels at each level; the resolution is halved from one to the next.' }),
  blocks: z.int().positive().default(2).meta({ description: 'Blocks at each level, going down and going up.' }),
  patch: z.int().positive().default(2).meta({ description: 'p: images are cut into patches of p × p pixels first.' }),
  attention: z.boolean().default(true).meta({ description: 'Whether pixels look at each other at the lowest level.' }),
  embedding: z.int().positive().multipleOf(2).default(64).meta({ description: 'Size of the noise embedding.' }),
  colours: z.int().positive().default(1).meta({ description: 'Colours of a pixel.' }),
  height: z.int().positive().optional().meta({ description: 'Height of the images in pixels; they are square unless given.' }),
})

export interface Block {
  readonly a: Conv
  readonly b: Conv
  readonly modulate: Dense
  /** Where the number of channels changes. */
  readonly shortcut?: Conv
}

export interface UnetParameters extends Embedding {
  readonly input: Conv
  readonly down: readonly (readonly Block[])[]
  readonly attention?: Attention
  readonly up: readonly (readonly Block[])[]
  readonly output: Conv
}

const SMALL = 0.1

export const unet = defineNet({
  name: 'unet',
  summary: 'A convolutional U-Net on images.',
  config: Config,
  example: 'net: { unet: { channels: [32, 64], blocks: 2 } }',
  reference: 'Ronneberger, Fischer & Brox 2015, https://arxiv.org/abs/1505.04597; Ho, Jain & Abbeel 2020, https://arxiv.org/abs/2006.11239',
  make: ({ channels, blocks, patch, attention, embedding, colours, height }) => ({
    is_square: true,
    knows_classes: true,
    init(inputs: number, _: number, draws: HostDraws, classes = 0) {
      sizeOf(inputs, { channels, patch, colours, height })
      const last = channels.at(-1) as number
      const level = (from: number, to: number) => Array.from({ length: blocks }, (__, i) => initBlock(i === 0 ? from : to, to, embedding, draws))
      const pixel = patch * patch * colours
      return {
        embed: initDense(embedding, embedding, draws),
        input: initConv(3, pixel, channels[0] as number, draws),
        down: channels.map((count, i) => level(channels[Math.max(0, i - 1)] as number, count)),
        ...(attention ? { attention: initAttention(last, draws, SMALL) } : {}),
        up: channels.slice(0, -1).map((count, i) => level(count + (channels[i + 1] as number), count)),
        output: initConv(3, channels[0] as number, pixel, draws, SMALL),
        ...initClasses(classes, embedding, draws),
      }
    },
    apply(parameters: UnetParameters, x, condition) {
      const [h, w] = sizeOf(x.shape[1], { channels, patch, colours, height })
      const e = embedded(parameters, embedding, condition)
      const through = (all: readonly Block[], image: Tensor4D): Tensor4D => all.reduce((now, block) => residual(block, now, e), image)
      let now = conv(parameters.input, toPatches(tf.reshape(x, [x.shape[0], h, w, colours]), patch))
      const levels: Tensor4D[] = []
      parameters.down.forEach((level, i) => {
        now = through(level, i === 0 ? now : halved(now))
        levels.push(now)
      })
      if (parameters.attention !== undefined) now = attend(parameters.attention, now)
      for (let i = channels.length - 2; i >= 0; i--) {
        now = through(parameters.up[i] as readonly Block[], tf.concat([doubled(now), levels[i] as Tensor4D], 3))
      }
      return tf.reshape(fromPatches(conv(parameters.output, silu(normalizeImages(now))), patch), x.shape)
    },
  }),
})

function initBlock(inputs: number, outputs: number, embedding: number, draws: HostDraws) {
  return {
    a: initConv(3, inputs, outputs, draws),
    b: initConv(3, outputs, outputs, draws, SMALL),
    modulate: initDense(embedding, 2 * outputs, draws, SMALL),
    ...(inputs === outputs ? {} : { shortcut: initConv(1, inputs, outputs, draws) }),
  }
}

function residual({ a, b, modulate, shortcut }: Block, x: Tensor4D, e: Tensor2D): Tensor4D {
  const made = normalizeImages(conv(a, silu(normalizeImages(x))))
  const [gain, offset] = tf.split(tf.reshape(dense(modulate, e), [e.shape[0], 1, 1, -1]), 2, 3) as [Tensor4D, Tensor4D]
  const modulated = tf.add<Tensor4D>(tf.mul(made, tf.add(1, gain)), offset)
  return tf.add(shortcut === undefined ? x : conv(shortcut, x), conv(b, silu(modulated)))
}

/** Height and width of images of so many numbers. Errors: config_invalid where they cannot be cut into patches and halved. */
function sizeOf(inputs: number, { channels, patch, colours, height }: Pick<z.output<typeof Config>, 'channels' | 'patch' | 'colours' | 'height'>): [number, number] {
  const [h, w] = extents(inputs, colours, height)
  const step = patch * 2 ** (channels.length - 1)
  if (!Number.isInteger(h) || !Number.isInteger(w)) throw fail('config_invalid', { unit: 'unet', problem: `height: ${inputs} numbers make no image of ${colours} colours and height ${height ?? 'equal to its width'}${suggestion(inputs, colours, height)}` })
  if (h % step !== 0 || w % step !== 0) throw fail('config_invalid', { unit: 'unet', problem: `patch: images of ${h} × ${w} pixels cannot be cut into patches of ${patch} and halved ${channels.length - 1} times` })
  return [h, w]
}

/** Fractions where there is no such image. */
function extents(inputs: number, colours: number, height = Math.sqrt(inputs / colours)): [number, number] {
  return [height, inputs / colours / height]
}

/** The usual numbers of colours, if one makes an image. */
function suggestion(inputs: number, colours: number, height: number | undefined): string {
  const other = [1, 3, 4].find((count) => count !== colours && extents(inputs, count, height).every(Number.isInteger))
  return other === undefined ? '' : `; of ${other} they do: colours: ${other}`
}
