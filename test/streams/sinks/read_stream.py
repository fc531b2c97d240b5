"""Whether pyarrow, polars and DuckDB read the same rows from an Arrow IPC stream."""
import json
import sys

import duckdb
import polars
import pyarrow as pa
import pyarrow.ipc

with pa.ipc.open_stream(sys.argv[1]) as reader:
    table = reader.read_all()
table.validate(full=True)
table = table.unify_dictionaries()
plain = pa.table({name: column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column for name, column in zip(table.column_names, table.columns)})


def same(other):
    return all(str(a) == str(b) for a, b in zip(other.to_pylist(), plain.drop_columns(dropped).to_pylist()))


dropped = [field.name for field in plain.schema if pa.types.is_timestamp(field.type) or pa.types.is_date64(field.type)]
print(json.dumps({
    'rows': table.num_rows,
    'polars': same(polars.read_ipc_stream(sys.argv[1]).drop(dropped).to_arrow()),
    'duckdb': same(duckdb.from_arrow(pa.ipc.open_stream(sys.argv[1])).to_arrow_table().drop_columns(dropped)),
}))
