test_that("numbers of the wire format are as in the description of Protocol Buffers", {
  expect_identical(proto_int(1, 150), as.raw(c(0x08, 0x96, 0x01)))
  expect_identical(proto_text(2, "testing"), c(as.raw(c(0x12, 0x07)), charToRaw("testing")))
  expect_identical(proto_varint(0), as.raw(0))
  expect_identical(proto_varint(127), as.raw(0x7f))
  expect_identical(proto_varint(128), as.raw(c(0x80, 0x01)))
  expect_identical(proto_varint(2^31), as.raw(c(0x80, 0x80, 0x80, 0x80, 0x08)))
  expect_identical(proto_tag(16, 2), as.raw(c(0x82, 0x01)))
  expect_identical(proto_float(1, 1), as.raw(c(0x0d, 0, 0, 0x80, 0x3f)))
  for (value in c(0:300, 2^(7 * 1:7), 2^(7 * 1:7) - 1, 2^53 - 1)) {
    expect_identical(proto_values(proto_int(3, value), 3), list(value))
  }
})
