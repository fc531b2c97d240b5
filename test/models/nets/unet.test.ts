import { expect, test } from 'vitest'
import type { HostDraws } from '../../../src/models/nets/host-draws.ts'
import { unet } from '../../../src/models/nets/unet.ts'

const refused = (config: Parameters<typeof unet>[0], inputs: number): unknown => {
  try {
    return unet(config).init(inputs, inputs, {} as HostDraws)
  } catch (error) {
    return (error as Error).message
  }
}

test('images of three colours taken for grey ones are told so', () => {
  expect(refused({}, 3 * 16 * 16)).toMatch(/768 numbers make no image of 1 colours and height equal to its width; of 3 they do: colours: 3$/)
  expect(refused({ colours: 3 }, 16 * 16)).toMatch(/; of 1 they do: colours: 1$/)
  expect(refused({}, 7)).toMatch(/7 numbers make no image of 1 colours and height equal to its width$/)
})
