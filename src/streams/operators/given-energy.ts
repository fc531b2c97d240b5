/** An energy that an operator works on: as it is, or once it has the rows that it depends on. */
import type { Observable } from 'rxjs'
import type { DataEnergy, Energy } from '../../models/energies/contract.ts'
import type { Declared } from '../../unit.ts'
import { continued } from '../gates.ts'
import { rowsOf } from '../rows-of.ts'
import type { OperatorContext } from './contract.ts'

export function givenEnergy<T>(energy: Declared<Energy | DataEnergy>, { from }: Pick<OperatorContext, 'from'>, use: (energy: Declared<Energy>) => Observable<T>): Observable<T> {
  if (!('data' in energy)) return use(energy)
  return continued(rowsOf(from(energy.data)), (rows) => use(Object.assign(energy.given(rows), { is: energy.is })))
}
