"""What DuckDB makes of particles as NDJSON and as CSV."""
import json
import sys

import duckdb


def sums(kind, file):
    query = f"select count(*), max(step), sum(chain), count(level), sum(x0::double) from read_{kind}('{file}')"
    [row] = duckdb.sql(query).to_arrow_table().to_pylist()
    return [float(value) for value in row.values()]


print(json.dumps([sums('json', sys.argv[1]), sums('csv', sys.argv[2])]))
