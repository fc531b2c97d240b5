"""Columns in which pyarrow, DuckDB and polars read other rows from a Parquet file than stand in an Arrow stream."""
import json
import math
import sys

import duckdb
import polars
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

parquet, arrows = sys.argv[1:]
expected = pa.ipc.open_stream(arrows).read_all()
expected.validate(full=True)


def rows(column, type):
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_dictionary(type):
        type = type.value_type
    if not pa.types.is_nested(type):
        column = column.cast(type)
    if pa.types.is_timestamp(type):
        column = column.cast(pa.int64())
    return column.to_pylist()


def same(a, b):
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return math.isnan(a) and math.isnan(b) or a == b and math.copysign(1, a) == math.copysign(1, b)
    return a == b


def differences(reader, table):
    return [[reader, name, str(table[name].type)] for name in expected.column_names
            if not same(rows(table[name].combine_chunks(), expected[name].type), rows(expected[name].combine_chunks(), expected[name].type))]


file = pa.parquet.ParquetFile(parquet)
table = file.read()
table.validate(full=True)
print(json.dumps({
    'differences': differences('pyarrow', table)
    + differences('DuckDB', duckdb.sql(f"select * from '{parquet}'").to_arrow_table())
    + differences('polars', polars.read_parquet(parquet).to_arrow())
    + differences('polars, lazily', polars.scan_parquet(parquet).collect().to_arrow()),
    'types': {f.name: [str(f.type), str(table.schema.field(f.name).type)] for f in expected.schema if f.type != table.schema.field(f.name).type},
    'groups': file.metadata.num_row_groups,
}))
