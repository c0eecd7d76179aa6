"""Writes values of all types in test/golden/formats/: Arrow files and streams, Parquet files, folders of `datasets`.

pip install pyarrow==26.0.1 datasets && python test/golden/makeTypeCases.py
"""

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Dataset, DatasetDict

FOLDER = Path(__file__).parent / "formats"
PARIS = timezone(timedelta(hours=1))
message = pa.struct([("role", pa.string()), ("content", pa.string())])
LONG = "漢" * 30_000  # more than one block of an LZ4 frame

columns = {
    "text": (pa.string(), ["\ufeffé漢🦜", None, ""]),
    "large_text": (pa.large_string(), ["a", None, LONG]),
    "dictionary": (pa.dictionary(pa.int32(), pa.string()), ["x", None, "y"]),
    "messages": (pa.list_(message), [[{"role": "user", "content": None}], None, []]),
    "large_list": (pa.large_list(pa.int16()), [[1, None], None, []]),
    "fixed_list": (pa.list_(pa.float32(), 2), [[0.5, -1.5], None, [0.0, None]]),
    "nested": (pa.list_(pa.list_(pa.string())), [[["a"], None, []], None, [[None]]]),
    "struct": (message, [{"role": "r", "content": "c"}, None, {"role": None, "content": ""}]),
    "map": (pa.map_(pa.string(), pa.int32()), [[("k", 1), ("l", None)], None, []]),
    "nothing": (pa.null(), [None, None, None]),
    "flag": (pa.bool_(), [True, None, False]),
    "int8": (pa.int8(), [-128, None, 127]),
    "uint32": (pa.uint32(), [0, None, 2**32 - 1]),
    "int64": (pa.int64(), [-(2**63), None, 2**53 + 1]),
    "uint64": (pa.uint64(), [0, None, 2**64 - 1]),
    "float16": (pa.float16(), [1.5, None, -0.25]),
    "float64": (pa.float64(), [1e300, None, -0.1]),
    "date": (pa.date32(), [date(2026, 11, 27), None, date(1969, 12, 31)]),
    "date_ms": (pa.date64(), [date(2026, 11, 27), None, date(1969, 12, 31)]),
    "time_ms": (pa.time32("ms"), [time(13, 5, 0, 7000), None, time(0)]),
    "time_us": (pa.time64("us"), [time(13, 5, 0, 7), None, time(23, 59, 59, 999999)]),
    "stamp_ms": (pa.timestamp("ms"), [datetime(2026, 11, 27, 13, 5, 0, 7000), None, datetime(1969, 12, 31, 23, 59, 59)]),
    "stamp_us": (pa.timestamp("us", "UTC"), [datetime(2026, 11, 27, 13, 5, 0, 7, timezone.utc), None, datetime(1, 1, 1, 0, 0, 0, 1, timezone.utc)]),
    "stamp_zone": (pa.timestamp("us", "Europe/Paris"), [datetime(2026, 11, 27, 13, 5, tzinfo=PARIS), None, datetime(1970, 1, 1, 1, tzinfo=PARIS)]),
    "stamp_ns": (pa.timestamp("ns"), [1_795_784_700_123_456_789, None, -1]),
    "decimal": (pa.decimal128(20, 2), [Decimal("-0.50"), None, Decimal("123456789012345678.90")]),
    "decimal_wide": (pa.decimal256(50, 0), [Decimal(10) ** 49, None, Decimal(-1)]),
    "bytes": (pa.binary(), [b"\x00\xff", None, b""]),
    "fixed_bytes": (pa.binary(3), [b"abc", None, b"\xfe\x00\x01"]),
}
table = pa.table({name: pa.array(values, type) for name, (type, values) in columns.items()})
arrow = table.append_column("stamp_s", pa.array([0, None, -1], pa.timestamp("s")))

FOLDER.mkdir(exist_ok=True)
for compression in [None, "lz4", "zstd"]:
    options = pa.ipc.IpcWriteOptions(compression=compression)
    for kind, writer in [("file", pa.ipc.new_file), ("stream", pa.ipc.new_stream)]:
        with writer(FOLDER / f"types_{compression or 'none'}_{kind}.arrow", arrow.schema, options=options) as file:
            for start in range(0, arrow.num_rows, 2):
                file.write_table(arrow.slice(start, 2))
with pa.ipc.new_file(FOLDER / "views.arrow", pa.schema([("text", pa.string_view()), ("bytes", pa.binary_view())])) as file:
    texts = ["short", None, "longer than twelve bytes"]
    data = [pa.array(texts, pa.string_view()), pa.array([text and text.encode() for text in texts], pa.binary_view())]
    file.write_batch(pa.record_batch(data, ["text", "bytes"]))
with pa.ipc.new_file(FOLDER / "empty_file.arrow", table.schema):
    pass
with pa.ipc.new_stream(FOLDER / "empty_stream.arrow", table.schema):
    pass

for compression in ["snappy", "gzip", "zstd", "brotli", "lz4"]:
    pq.write_table(table, FOLDER / f"types_{compression}.parquet", compression=compression, row_group_size=2)
pq.write_table(table, FOLDER / "types_v1.parquet", version="1.0", data_page_version="2.0", use_dictionary=False, write_page_index=True, coerce_timestamps="ms", allow_truncated_timestamps=True)
pq.write_table(table.slice(0, 0), FOLDER / "empty.parquet")
paged = pa.table({"at": range(5000), "text": [f"row {at}" * (at % 40) for at in range(5000)], "turns": [[{"role": "user", "content": str(at)}] * (at % 3) for at in range(5000)]})
pq.write_table(paged, FOLDER / "pages.parquet", write_page_index=True, data_page_size=4096, compression="zstd")
pq.write_table(paged.slice(0, 3000), FOLDER / "pages_unindexed.parquet", data_page_size=4096, compression="zstd")

rows = [{"id": f"r{at}", "messages": [{"role": "user", "content": f"hi {at}"}], "n": at} for at in range(5)]
dataset = Dataset.from_list(rows)
dataset.save_to_disk(FOLDER / "saved", num_shards=2)
DatasetDict({"train": dataset, "test": dataset.select([4])}).save_to_disk(FOLDER / "saved_splits")
dataset.to_parquet(FOLDER / "datasets.parquet")
