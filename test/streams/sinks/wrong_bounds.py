"""Column chunks of a Parquet file whose bounds or number of nulls are not those of their rows."""
import json
import sys

import pyarrow as pa
import pyarrow.parquet

file = pa.parquet.ParquetFile(sys.argv[1])
wrong = []
for g in range(file.metadata.num_row_groups):
    table = file.read_row_group(g)
    for i in range(file.metadata.row_group(g).num_columns):
        chunk = file.metadata.row_group(g).column(i)
        bounds, name = chunk.statistics, chunk.path_in_schema
        if bounds is None or '.' in name or not bounds.has_min_max or pa.types.is_timestamp(table[name].type) or pa.types.is_time(table[name].type):
            continue
        values = [v for v in (x.as_py() for x in table[name]) if v is not None and v == v]
        if isinstance(values[0], str):  # bounds of texts may be cut off
            right = bounds.min.encode() <= min(v.encode() for v in values) and bounds.max.encode() >= max(v.encode() for v in values)
        else:
            right = (bounds.min, bounds.max) == (min(values), max(values))
        if not right or bounds.null_count != table[name].null_count:
            wrong.append([g, name, str(bounds.min), str(bounds.max)])
print(json.dumps(wrong))
