# Readers of models, in files and as lists, and their mutants. Files have a checksum, so damage
# must be found; those that are "sealed" lie and have the right checksum, as one who means harm
# would make them: what they give must be a model that works.

model_readers <- function() {
  models <- example_models()
  path <- tempfile(fileext = ".safetensors")
  write_model(models[[4L]], path)
  bytes <- readBin(path, "raw", file.size(path))
  unlink(path)
  list(
    model = list(
      original = bytes, mutations = c(damages, header_lies), read = reading_file(read_model),
      problem = same_as(models[[4L]])
    ),
    sealed = list(
      original = models, mutations = lapply(sealed_lies, sealing), read = reading_file(read_model),
      problem = function(value, ...) model_fault(value)
    ),
    checkpoint = checkpoint_reader(sealed = FALSE),
    "sealed checkpoint" = checkpoint_reader(sealed = TRUE),
    json = list(
      original = json_original, mutations = c(text_damages(), hostile_json),
      read = function(text) {
        text <- if (is.raw(text)) text else charToRaw(text)
        plain_value(parse_json(text, mutant_origin), mutant_origin)
      },
      problem = function(value, ...) {
        if (!identical(from_plain_json(to_plain_json(value), mutant_origin), value)) "no plain list"
      }
    ),
    formula = list(
      original = "y ~ size + log(count) * z", mutations = c(text_damages(), hostile_formulas),
      read = read_formula_text, problem = formula_fault
    ),
    list = list(
      original = models, mutations = list_lies, read = check_model,
      problem = function(value, mutant, ...) {
        if (!identical(value, mutant)) "another model" else model_fault(value)
      }
    )
  )
}

mutant_origin <- list(file = "mutant", format = "a model", call = NULL)

example_models <- function() {
  kinds <- expand.grid(inputs = c("matrix", "array", "data", "formula"),
    outcome = c("classes", "numbers", "labels"), stringsAsFactors = FALSE)
  Map(function(outcome, inputs) example_model(outcome, inputs), kinds$outcome, kinds$inputs)
}

json_original <- paste0(
  "{\"a\":[\"double\",1,0.1,null,\"Inf\"],\"b\":{\"c\":\"text \\u00fc\",\"d\":[\"named\",",
  "[\"integer\",1,2],\"x\",\"y\"]},\"e\":[\"list\",true,null,[\"character\",\"z\"]],\"f\":-1e-5}"
)

text_damages <- function() {
  lapply(damages, function(damage) function(text) damage(charToRaw(text)))
}

# What is wrong with a model that was taken for one: all that is done with models gives results or
# clear errors, and it can be written and read again.
model_fault <- function(model) {
  uses <- list(
    print = function() utils::capture.output(print(model), summary(model)),
    coef = function() coef(model),
    predict = function() predict(model, data_for(model)),
    write = function() {
      path <- tempfile()
      on.exit(unlink(path))
      write_model(model, path)
      # What is NULL may as well not be there.
      known <- function(model) unclass(model)[setdiff(sort(names(model)), null_parts(model))]
      if (!identical(known(read_model(path)), known(model))) stop("another model was read")
    }
  )
  for (name in names(uses)) {
    fault <- tryCatch(
      {
        uses[[name]]()
        NULL
      },
      feedforward_error = function(cnd) NULL,
      warning = function(cnd) conditionMessage(cnd), error = function(cnd) conditionMessage(cnd)
    )
    if (!is.null(fault)) {
      return(sprintf("%s(): %s", name, fault))
    }
  }
}

null_parts <- function(model) names(model)[vapply(model, is.null, TRUE)]

data_for <- function(model) {
  switch(model$inputs$kind,
    matrix = {
      inputs <- model$architecture$sizes[1L]
      matrix(seq_len(4 * inputs) / 10, 4L, dimnames = list(NULL, model$inputs$names))
    },
    array = array(seq_len(12L) / 12, c(2L, 2L, 3L)),
    example_data()
  )
}

# ---- Files ----------------------------------------------------------------------------

# The bytes of a file of these tensors and metadata.
sealed_bytes <- function(parts) {
  path <- tempfile()
  on.exit(unlink(path))
  write_tensors(path, parts$tensors, parts$metadata)
  readBin(path, "raw", file.size(path))
}

# The files of what `lie` makes of the original, as far as such a file can be written.
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
    # The first of it stays: it tells where the checksum is.
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

checkpoint_reader <- function(sealed) {
  case <- training_case(40)
  set <- list(case$x[1:9, ], case$y[1:9])
  folder <- tempfile("checkpoint-")
  path <- checkpoint_path(folder)
  train <- function(...) {
    set.seed(1)
    feedforward(case$x, case$y, epochs = 4, hidden_units = 2, checkpoint = folder, ...)
  }
  # Halfway, so that whoever is taken in trains on.
  halfway <- checkpoints_of(folder = folder, fit <- if (sealed) {
    train(validation = set, class_weights = "balanced")
  } else {
    train(validation = 0.2, case_weights = rep(1:2, 20))
  })[2L]
  bytes <- readBin(checkpoint_path(halfway), "raw", file.size(checkpoint_path(halfway)))
  unlink(folder, recursive = TRUE)
  list(
    original = if (sealed) read_tensors(checkpoint_path(halfway)) else bytes,
    mutations = if (sealed) lapply(sealed_checkpoint_lies, sealing) else c(damages, header_lies),
    read = function(bytes) {
      dir.create(folder)
      on.exit(unlink(folder, recursive = TRUE))
      writeBin(bytes, path)
      resume_training(folder, case$x, case$y, validation = if (sealed) set, threads = 1)
    },
    problem = function(value, ...) {
      if (sealed) model_fault(value) else same_as(timeless(fit))(timeless(value))
    }
  )
}

sealed_checkpoint_lies <- list(
  state = function(parts) {
    own <- grep("^(state|data|random)", names(parts$tensors))
    k <- own[sample.int(length(own), 1L)]
    x <- parts$tensors[[k]]
    parts$tensors[[k]] <- one_of(list(
      x[-1L], rev(x), -x, x + 1, x + 1L, c(x, x), numeric(), 0L, -1L, NaN, Inf, 2^31, matrix(x),
      NA_integer_, x * 0, as.integer(replace(x, !is.finite(x), 0) %% 1e6), x * 1e300
    ))
    parts
  },
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
