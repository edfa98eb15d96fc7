# A graph of operators in the format of ONNX, which grows part by part. The numbers of fields and
# types are those of onnx.proto.

# Returns a graph. Each function below adds a part to it, and most return the name of a tensor.
# `type` is the type of the numbers that go in and come out.
new_graph <- function(type) {
  graph <- new.env(parent = emptyenv())
  graph$type <- type
  graph$uses_ml <- FALSE
  for (part in c("nodes", "constants", "inputs", "outputs", "between")) graph[[part]] <- list()
  graph
}

graph_message <- function(graph) {
  c(
    proto_each(proto_bytes, 1, graph$nodes), proto_text(2, "network"),
    proto_each(proto_bytes, 5, graph$constants), proto_each(proto_bytes, 11, graph$inputs),
    proto_each(proto_bytes, 12, graph$outputs), proto_each(proto_bytes, 13, graph$between)
  )
}

append_to <- function(graph, part, message) {
  graph[[part]][[length(graph[[part]]) + 1L]] <- message
}

# The numbers of types in the format.
onnx_types <- c(single = 1L, integer = 7L, text = 8L, bool = 9L, double = 11L)

# Adds an operator. `...` are its attributes: whole numbers, numbers, or text.
add_node <- function(graph, op, inputs, output, ..., label = output, domain = NULL) {
  attributes <- list(...)
  message <- c(
    proto_each(proto_text, 1, inputs), proto_text(2, output), proto_text(3, label),
    proto_text(4, op),
    unlist(Map(function(name, value) proto_bytes(5, onnx_attribute(name, value)),
      names(attributes), attributes), use.names = FALSE),
    if (!is.null(domain)) proto_text(7, domain)
  )
  append_to(graph, "nodes", message)
  output
}

# Text is always a list of strings.
onnx_attribute <- function(name, value) {
  form <- switch(typeof(value),
    double = c(proto_float(2, value), proto_int(20, 1)),
    integer = c(proto_int(3, value), proto_int(20, 2)),
    character = c(proto_each(proto_text, 9, value), proto_int(20, 8))
  )
  c(proto_text(1, name), form)
}

# Adds a constant: numbers of the type, whole numbers, or text. A matrix keeps its shape.
add_constant <- function(graph, name, values, type = graph$type, shape = tensor_shape(values)) {
  force(shape)
  # Row after row.
  if (is.matrix(values)) values <- t(values)
  if (type == onnx_types[["single"]]) {
    check_single(values, "write_onnx", "Scale the data first, and train again.")
  }
  data <- switch(names(onnx_types)[onnx_types == type],
    single = proto_bytes(9, float_bytes(values)),
    double = proto_bytes(9, writeBin(as.double(values), raw(), endian = "little")),
    # All are below 2^31.
    integer = proto_bytes(9, writeBin(as.integer(rbind(values, 0L)), raw(), endian = "little")),
    text = proto_each(proto_text, 6, values)
  )
  append_to(graph, "constants",
    c(proto_each(proto_int, 1, shape), proto_int(2, type), data, proto_text(8, name)))
  name
}

# Adds the type of a tensor to the "inputs" or "outputs" of the graph, or to those "between". It has
# any number of rows, and `shape` is the shape of a row.
add_tensor <- function(graph, part, name, shape, type = graph$type, description = NULL) {
  rows <- proto_bytes(1, proto_text(2, "n"))
  each <- proto_each(function(field, size) proto_bytes(field, proto_int(1, size)), 1, shape)
  tensor <- c(proto_int(1, type), proto_bytes(2, c(rows, each)))
  append_to(graph, part, c(
    proto_text(1, name), proto_bytes(2, proto_bytes(1, tensor)),
    if (!is.null(description)) proto_text(3, description)
  ))
  name
}
