"""Writes the Parquet and Zstandard files in test/golden/formats/, which the tests of the readers open.

pip install pyarrow==26.0.1 zstandard && python test/golden/makeFormatCases.py
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

FOLDER = Path(__file__).parent / "formats"
WORDS = ["hi", "é漢🦜", "", "two\nlines", "hi"]

message = pa.struct([("role", pa.string()), ("content", pa.string())])
schema = pa.schema(
    [
        ("id", pa.string()),
        ("messages", pa.list_(message)),
        ("score", pa.float64()),
        ("count", pa.int64()),
        ("tags", pa.list_(pa.string())),
        ("empty", pa.string()),
    ]
)
rows = [
    {
        "id": f"r{at}",
        "messages": [{"role": "user", "content": word}, {"role": "assistant", "content": f"{word} {at}"}],
        "score": None if at == 1 else at / 4,
        "count": at,
        "tags": [None, word] if at % 2 else [],
        "empty": None,
    }
    for at, word in enumerate(WORDS)
]
table = pa.Table.from_pylist(rows, schema=schema)

FOLDER.mkdir(exist_ok=True)
for compression in ["none", "snappy", "zstd", "gzip"]:
    # Two rows a group: three groups, the last one short.
    pq.write_table(table, FOLDER / f"{compression}.parquet", compression=compression, row_group_size=2)
pq.write_table(table, FOLDER / "plain.parquet", use_dictionary=False, data_page_version="2.0")

# One page for all rows, as writers without a limit of rows make them.
same = pa.table({"prompt": ["again"] * 200_000})
pq.write_table(same, FOLDER / "long_page.parquet", max_rows_per_page=200_000)

lines = "".join('{"n":%d}\n' % n for n in range(30_000))
compressor = zstandard.ZstdCompressor(level=19, write_checksum=True)
(FOLDER / "lines.jsonl.zst").write_bytes(compressor.compress(lines.encode()))
