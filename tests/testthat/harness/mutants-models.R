# Readers of models, in files and as lists, and their mutants. Files have a checksum, so damage must
# be found. "Sealed" files have false entries and the right checksum, as an attacker would write
# them. If they are read, the model must work.

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

mutant_origin <- list(file = "mutant", format = "model file")

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
    predict = function() {
      for (type in list(NULL, "link", "prob", "numeric", "hidden")) predict_all(model, type)
    },
    other = function() {
      if (model$inputs$kind != "array") {
        return()
      }
      predict(model, array(0.5, c(2L, 1L, 1L)))
      stop("images of another size were taken")
    },
    continue = function() continue_on_some(model),
    write = function() {
      path <- tempfile()
      on.exit(unlink(path))
      write_model(model, path)
      # A NULL can also be absent.
      known <- function(model) unclass(model)[setdiff(sort(names(model)), null_parts(model))]
      if (!identical(known(read_model(path)), known(model))) stop("another model was read")
    }
  )
  fault_of(uses)
}

# The first problem of these functions, or NULL. Clear errors are no problem.
fault_of <- function(uses) {
  for (name in names(uses)) {
    fault <- tryCatch(
      {
        uses[[name]]()
        NULL
      },
      feedforward_error = function(cnd) NULL, feedforward_not_finite = function(cnd) NULL,
      warning = function(cnd) conditionMessage(cnd), error = function(cnd) conditionMessage(cnd)
    )
    if (!is.null(fault)) {
      return(sprintf("%s(): %s", name, fault))
    }
  }
}

# A prediction for each row, or a refusal.
predict_all <- function(model, type) {
  data <- data_for(model)
  tryCatch(
    {
      predicted <- predict(model, data, type = type, format = "matrix")
      if (NROW(predicted) != nrow(data)) stop("predictions for other rows")
    },
    feedforward_error = function(cnd) NULL
  )
}

continue_on_some <- function(model) {
  data <- data_for(model)
  if (model$inputs$kind == "formula") {
    return(continue_training(model, data = data, epochs = 1))
  }
  y <- predict(model, data, format = "matrix")
  continue_training(model, data, y, epochs = 1, case_weights = NULL)
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
