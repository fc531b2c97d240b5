/** What `auto` values may depend on: a keyed sample of the training data. */
export interface DataSummary {
  readonly dim: number
  /** Mean over all coordinates of all rows. */
  readonly mean: number
  /** Standard deviation over all coordinates of all rows. */
  readonly sd: number
  /** The largest Euclidean distance between two rows. */
  readonly largest_distance: number
  /** Number of states of each coordinate, where coordinates are the numbers of categories. */
  readonly states?: readonly number[]
}
