/** A certificate for localhost and 127.0.0.1, and its key, made by openssl for the test. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

export interface Certificate {
  readonly cert: string
  readonly key: string
  /** Files with the two. */
  readonly cert_file: string
  readonly key_file: string
}

export function selfSigned(): Certificate {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'heatbath-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [cert_file, key_file] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')]
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key_file, '-out', cert_file,
  ], { stdio: 'ignore' })
  return { cert: readFileSync(cert_file, 'utf8'), key: readFileSync(key_file, 'utf8'), cert_file, key_file }
}
