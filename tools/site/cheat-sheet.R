# Draws the cheat sheet, one landscape page of A4, as PDF and SVG. To change what it says, change
# `boxes`: each box has a title and pairs of code and what it does.

boxes <- list(
  list(
    title = "Fit a network",
    c("fit <- feedforward(Species ~ ., data = iris)", "formula: a factor gives classes"),
    c("feedforward(x, y)", "data frame, matrix, sparse matrix, or images"),
    c("feedforward(recipe, data)", "a recipe from the recipes package"),
    c("hidden_units = c(64, 32)", "two hidden layers; 0 for none"),
    c("activation = \"relu\"", "or \"tanh\", \"gelu\", \"mish\", ... for each layer"),
    c("feedforward_cv(y ~ ., data)", "no tuning: averages the best of several networks")
  ),
  list(
    title = "Outcomes and losses",
    c("factor", "classification: \"cross_entropy\""),
    c("number, or a matrix of numbers", "regression: \"squared_error\", \"huber\", ..."),
    c("loss = \"quantile\", quantile = 0.9", "predicts a quantile"),
    c("loss = \"poisson\"", "counts"),
    c("logical matrix, or 0 and 1", "multi-label: \"binary_cross_entropy\""),
    c("class_weights = \"balanced\"", "rare classes count as much as common ones"),
    c("case_weights = w", "a weight for each row")
  ),
  list(
    title = "Training",
    c("set.seed(1)", "the same result, for any number of threads"),
    c("validation = 0.2", "holds out rows and keeps the best epoch"),
    c("stop_iter = 20", "stops after 20 epochs without improvement"),
    c("penalty = 0.01, dropout = 0.2", "against overfitting"),
    c("optimizer = optimizer_adam()", "also _sgd, _rmsprop, _adamw, _lbfgs"),
    c("rate_schedule = \"cosine\"", "how the learning rate falls"),
    c("precision = \"single\", threads = 2", "faster")
  ),
  list(
    title = "Predict and evaluate",
    c("predict(fit, new_data)", "classes or numbers, in a tibble"),
    c("predict(fit, new_data, type = \"prob\")", "a probability for each class"),
    c("predict(cv, new_data, type = \"pred_int\")", "prediction intervals"),
    c("plot(fit)", "the learning curves"),
    c("confusion_matrix(fit, data)", "which classes are mistaken for which"),
    c("permutation_importance(fit, data)", "which columns matter")
  ),
  list(
    title = "Look inside",
    c("fit; summary(fit)", "layers, settings, best epoch"),
    c("coef(fit)", "weights and biases"),
    c("tidy(fit); glance(fit)", "parameters and results as tibbles"),
    c("plot_network(fit)", "units and their strongest weights"),
    c("plot_weights(fit)", "weights of image models, as images")
  ),
  list(
    title = "Keep, continue, deploy",
    c("saveRDS(fit, \"fit.rds\")", "models are plain lists"),
    c("write_model(fit, \"fit.safetensors\")", "a file that never runs code; read_model()"),
    c("continue_training(fit, epochs = 10)", "more epochs"),
    c("feedforward(..., checkpoint = \"folder\")", "survives a crash; resume_training(\"folder\")"),
    c("as_sql(fit, table = \"t\", id = \"id\")", "predictions inside a database"),
    c("write_onnx(fit, \"fit.onnx\")", "Python, C#, browsers; also write_json()")
  )
)

ink <- "#0B3C5D"
accent <- "#B35900"

draw_cheat_sheet <- function(folder) {
  grDevices::cairo_pdf(file.path(folder, "cheat-sheet.pdf"), width = 11.7, height = 8.3)
  draw_sheet()
  grDevices::dev.off()
  grDevices::svg(file.path(folder, "cheat-sheet.svg"), width = 11.7, height = 8.3)
  draw_sheet()
  grDevices::dev.off()
}

# Three columns of two boxes below a title.
draw_sheet <- function() {
  grid::grid.newpage()
  put_text("feedforward", 0.03, 0.955, 24, ink, "bold")
  put_text("fast and reproducible neural networks for R: cheat sheet", 0.225, 0.951, 13, ink)
  rows <- vapply(boxes, length, 1L) - 1L
  for (column in 1:3) {
    top <- 0.905
    for (i in 2L * column - 1:0) {
      height <- 0.052 + 0.054 * rows[i]
      draw_box(boxes[[i]], 0.03 + (column - 1) * 0.3175, top, height)
      top <- top - height - 0.018
    }
  }
  put_text("help(package = \"feedforward\")", 0.03, 0.028, 10, ink, family = "mono")
  put_text("vignette(package = \"feedforward\")", 0.3475, 0.028, 10, ink, family = "mono")
}

draw_box <- function(box, left, top, height) {
  grid::grid.roundrect(
    left, top, 0.305, height,
    just = c("left", "top"), r = grid::unit(4, "pt"),
    gp = grid::gpar(fill = "#F4F8FB", col = "#9DBFD6")
  )
  put_text(box$title, left + 0.01, top - 0.026, 13, ink, "bold")
  for (i in seq_len(length(box) - 1L)) {
    y <- top - 0.01 - 0.054 * i
    put_text(box[[i + 1L]][1L], left + 0.01, y, 9, accent, family = "mono")
    put_text(box[[i + 1L]][2L], left + 0.022, y - 0.022, 9, "#222222")
  }
}

put_text <- function(text, x, y, size, color, face = "plain", family = "sans") {
  grid::grid.text(
    text, x, y,
    just = c("left", "center"),
    gp = grid::gpar(fontsize = size, col = color, fontface = face, fontfamily = family)
  )
}
