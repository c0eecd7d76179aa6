"""Writes pairs for bench/readFormats.ts: python bench/makePairs.py FOLDER MEGABYTES [ROWS_A_GROUP]

Three files of the same rows, about MEGABYTES of text each: pairs.parquet (Zstandard), pairs.arrow, stream.arrow.
"""

import random
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

folder, megabytes = Path(sys.argv[1]), int(sys.argv[2])
group = int(sys.argv[3]) if len(sys.argv) > 3 else 2**20
rng = random.Random(1)
words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(20_000)]
message = pa.struct([("role", pa.string()), ("content", pa.string())])
schema = pa.schema([("id", pa.string()), ("prompt", pa.string()), ("chosen", pa.list_(message)), ("rejected", pa.list_(message)), ("score", pa.float64())])


def text(count):
    return " ".join(rng.choices(words, k=count))


def batch(start, rows=1000):
    prompts = [text(60) for _ in range(rows)]
    sides = [[[{"role": "user", "content": prompt}, {"role": "assistant", "content": text(120)}] for prompt in prompts] for _ in range(2)]
    columns = [[f"r{start + at}" for at in range(rows)], prompts, *sides, [rng.random() for _ in range(rows)]]
    return pa.record_batch([pa.array(values, field.type) for values, field in zip(columns, schema)], schema=schema)


folder.mkdir(exist_ok=True, parents=True)
with pq.ParquetWriter(folder / "pairs.parquet", schema, compression="zstd", use_dictionary=False) as parquet, pa.ipc.new_file(
    folder / "pairs.arrow", schema
) as arrow, pa.ipc.new_stream(folder / "stream.arrow", schema) as stream:
    written, rows, held = 0, 0, []
    while written < megabytes * 1e6:
        held.append(batch(rows))
        written += held[-1].nbytes
        rows += held[-1].num_rows
        arrow.write_batch(held[-1])
        stream.write_batch(held[-1])
        if len(held) * 1000 >= group or written >= megabytes * 1e6:
            parquet.write_table(pa.Table.from_batches(held), row_group_size=group)
            held = []
print(rows, "rows")
