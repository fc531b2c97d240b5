/** Server-sent events, however they are cut into pieces. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Messages } from '../../../src/interfaces/page/net/sse.ts'

const TEXT = 'retry: 2000\n\nid: run/1\nevent: phase\ndata: {"event":"phase"}\n\n: here\n\nid: run/2\nevent: training\ndata: {"loss": 1}\ndata: more\n\n'
const FOUND = [{ id: 'run/1', event: 'phase', data: '{"event":"phase"}' }, { id: 'run/2', event: 'training', data: '{"loss": 1}\nmore' }]

test('are found in any pieces; comments and settings are none', () => {
  fc.assert(fc.property(fc.array(fc.nat(TEXT.length), { maxLength: 8 }), (cuts) => {
    const messages = new Messages()
    const places = [0, ...cuts.sort((a, b) => a - b), TEXT.length]
    expect(places.slice(1).flatMap((to, i) => messages.push(TEXT.slice(places[i], to)))).toEqual(FOUND)
  }))
})

test('half of one is none', () => expect(new Messages().push('data: {"a":')).toEqual([]))
