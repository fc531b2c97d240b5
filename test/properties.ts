/** Properties are tried on the same cases in every run: a failure is one of the code, and can be repeated. */
import fc from 'fast-check'

fc.configureGlobal({ seed: 20_261_125 })
