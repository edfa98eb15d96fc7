# The wire format of Protocol Buffers, as far as ONNX files need it. A message is a raw vector, and
# each function below returns one field of a message. Fields are joined by c().
#
# A field starts with its number and the form of its value: 0 for whole numbers, 2 for text and
# messages, which follow their length, and 5 for single precision numbers.

proto_int <- function(field, value) c(proto_tag(field, 0), proto_varint(value))

# Single precision numbers have 4 bytes.
proto_float <- function(field, value) c(proto_tag(field, 5), float_bytes(value))

# `message` is a raw vector: a message, or the bytes of a tensor.
proto_bytes <- function(field, message) {
  c(proto_tag(field, 2), proto_varint(length(message)), message)
}

proto_text <- function(field, text) proto_bytes(field, charToRaw(enc2utf8(text)))

# A field for each element of `values`.
proto_each <- function(put, field, values) unlist(lapply(values, function(x) put(field, x)))

proto_tag <- function(field, form) proto_varint(8 * field + form)

# A whole number from 0 to 2^53: 7 bits per byte, the lowest first. All bytes but the last have
# their highest bit set.
proto_varint <- function(value) {
  count <- max(1, sum(value >= 128^(0:7)))
  digits <- value %/% 128^(seq_len(count) - 1) %% 128
  as.raw(digits + ifelse(seq_len(count) < count, 128, 0))
}

# Single precision numbers as bytes, lowest byte first.
float_bytes <- function(values) writeBin(as.double(values), raw(), size = 4L, endian = "little")
