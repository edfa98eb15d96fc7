# False entries in models and checkpoints: the mutations of mutants-models.R.

# ---- Files ----------------------------------------------------------------------------

# The bytes of a file of these tensors and metadata.
sealed_bytes <- function(parts) {
  path <- tempfile()
  on.exit(unlink(path))
  write_tensors(path, parts$tensors, parts$metadata)
  readBin(path, "raw", file.size(path))
}

# Writes the file of the original after `lie` changed it, if such a file can be written.
sealing <- function(lie) {
  function(original) {
    repeat {
      lied <- lie(original)
      bytes <- if (is.raw(lied)) lied else tryCatch(sealed_bytes(lied),
        feedforward_error = identity)
      if (is.raw(bytes)) {
        return(bytes)
      }
    }
  }
}

# A file with a changed header and the checksum that belongs to it.
resealed <- function(bytes, change) {
  size <- little_endian(bytes[1:8])
  header <- change(rawToChar(bytes[8 + seq_len(size)]))
  header <- if (is.raw(header)) header else charToRaw(header)
  bytes <- c(little(length(header), 8), header, bytes[-seq_len(8 + size)])
  if (length(bytes) < 100L) {
    return(bytes)
  }
  place <- digest_place(bytes)
  bytes[place] <- charToRaw("0")
  bytes[place] <- charToRaw(whole_digest(bytes, NULL))
  bytes
}

header_lies <- list(
  size = function(bytes) {
    size <- one_of(c(0, 1, 2, 8, length(bytes) - 8, length(bytes) - 7, 1e7, 2^31, 2^63))
    replace(bytes, 1:8, little(size, 8))
  },
  digest = function(bytes) replace(bytes, digest_place(bytes)[1:4], random_bytes(4L)),
  moved = function(bytes) bytes[c(1:8, length(bytes):9)]
)

random_parts <- function(models) model_to_tensors(one_of(models))

sealed_lies <- list(
  metadata = function(models) {
    parts <- random_parts(models)
    parts$metadata$model <- change_list(parts$metadata$model)
    parts
  },
  blueprint = function(models) {
    parts <- model_to_tensors(one_of(models[grepl("data|formula", vapply(models, function(model) {
      model$inputs$kind
    }, ""))]))
    for (k in 1:2) {
      if (is.list(parts$metadata$model$blueprint)) {
        parts$metadata$model$blueprint <- change_list(parts$metadata$model$blueprint)
      }
    }
    parts
  },
  tensors = function(models) {
    parts <- random_parts(models)
    k <- sample.int(length(parts$tensors), 1L)
    parts$tensors[[k]] <- one_of(list(
      numeric(), parts$tensors[[k]][-1L], -parts$tensors[[k]], t(parts$tensors[[k]]), 1:3, NaN,
      matrix(0, 2L, 2L), parts$tensors[[k]] * 1e300, array(0, c(1L, 2L, 3L)), matrix(0, 0L, 5L)
    ))
    parts
  },
  absent = function(models) {
    parts <- random_parts(models)
    parts$tensors <- parts$tensors[-sample.int(length(parts$tensors), 1L)]
    parts
  },
  swapped = function(models) {
    list(tensors = random_parts(models)$tensors, metadata = random_parts(models)$metadata)
  },
  header = function(models) {
    resealed(sealed_bytes(random_parts(models)), function(text) {
      values <- c("0", "-1", "1e99", "2147483648", "9007199254740993", "4.5", "null", "NaN", "[]",
        "\"F64\"")
      at <- gregexpr("[0-9]+(?=[],])", text, perl = TRUE)[[1L]]
      k <- sample.int(length(at), 1L)
      end <- at[k] + attr(at, "match.length")[k]
      paste0(substr(text, 1L, at[k] - 1L), one_of(values), substring(text, end))
    })
  },
  text = function(models) {
    damage <- one_of(damages[c("flip", "cut", "insert", "remove", "overwrite", "garbage")])
    # The start is kept, because it says where the checksum is.
    resealed(sealed_bytes(random_parts(models)), function(text) {
      c(charToRaw(substr(text, 1L, 110L)), damage(charToRaw(substring(text, 111L))))
    })
  },
  json = function(models) {
    json <- one_of(hostile_json)(NULL)
    json <- if (is.raw(json)) json else charToRaw(json)
    resealed(sealed_bytes(random_parts(models)), function(text) {
      c(charToRaw(substr(text, 1L, 93L)), charToRaw("feedforward\":"), json, charToRaw("}}"))
    })
  },
  many = function(models) {
    n <- one_of(c(2000L, 20000L))
    entries <- sprintf("\"t%d\":{\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[0,0]}",
      seq_len(n))
    resealed(sealed_bytes(random_parts(models)), function(text) {
      sub(",\"W1\"", paste0(",", paste(entries, collapse = ","), ",\"W1\""), text, fixed = TRUE)
    })
  },
  formula = function(models) {
    parts <- model_to_tensors(models[[4L]])
    parts$metadata$model$blueprint$formula <- one_of(hostile_formulas)(NULL)
    parts
  }
)

# ---- Lists ----------------------------------------------------------------------------

list_lies <- list(
  part = function(models) relist(one_of(models), change_list),
  parts = function(models) relist(relist(one_of(models), change_list), change_list),
  code = function(models) {
    relist(one_of(models), function(x) {
      change_list(x, list(
        quote(stop("run")), function(...) stop("run"), expression(stop("run")), y ~ stop("run"),
        globalenv(), as.name("x"), iris, factor("a"), Sys.Date(), as.raw(1), 1i, structure(1,
        class = "x"),
        structure(list(), class = "feedforward"), .Machine, array(0, c(1L, 1L, 1L))
      ))
    })
  },
  other = function(models) one_of(list(NULL, 1, "model", list(), iris, mean, stats::lm(mpg ~ wt,
    mtcars)))
)

relist <- function(model, change) {
  class <- class(model)
  model <- change(unclass(model))
  if (is.list(model)) structure(model, class = class) else model
}

# ---- Checkpoints ------------------------------------------------------------------------

# Changes one of the tensors whose names match a pattern.
with_false_tensor <- function(parts, pattern) {
  own <- grep(pattern, names(parts$tensors))
  k <- own[sample.int(length(own), 1L)]
  x <- parts$tensors[[k]]
  parts$tensors[[k]] <- one_of(list(
    x[-1L], rev(x), -x, x + 1, x + 1L, c(x, x), numeric(), 0L, -1L, NaN, Inf, 2^31, matrix(x),
    NA_integer_, x * 0, x * 0L, t(x), as.integer(replace(x, !is.finite(x), 0) %% 1e6), x * 1e300
  ))
  parts
}

sealed_checkpoint_lies <- list(
  state = function(parts) with_false_tensor(parts, "^(state|data|random)"),
  absent = function(parts) {
    parts$tensors <- parts$tensors[-sample.int(length(parts$tensors), 1L)]
    parts
  },
  metadata = function(parts) {
    parts$metadata <- change_list(parts$metadata)
    parts
  },
  options = function(parts) {
    parts$metadata$model$options <- change_list(parts$metadata$model$options)
    parts
  },
  checkpoint = function(parts) {
    parts$metadata$checkpoint <- change_list(parts$metadata$checkpoint)
    parts
  }
)
