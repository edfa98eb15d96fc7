# Tables that are no data frames of R: those of databases, of Arrow, of Polars.

# Classes whose rows dplyr::collect() brings into R.
collected_tables <- c(
  "tbl_lazy", "tbl_sql", "dtplyr_step", "tbl_spark", "ArrowTabular", "Dataset", "arrow_dplyr_query",
  "RecordBatchReader"
)

# Classes that as.data.frame() turns into a data frame.
foreign_frames <- c(
  "polars_data_frame", "RPolarsDataFrame", "polars_lazy_frame", "RPolarsLazyFrame", "H2OFrame",
  "pandas.core.frame.DataFrame"
)

# The rows have to be here: they are read more than once, in random order.
refuse_table_elsewhere <- function(x, arg, call) {
  collected <- inherits(x, collected_tables)
  if (!collected && !inherits(x, foreign_frames)) {
    return(invisible())
  }
  code <- sprintf(if (collected) "dplyr::collect(%s)" else "as.data.frame(%s)", arg)
  stop_feedforward("{.arg {arg}} is a table that is not in R yet, of class {.cls {class(x)[1L]}}.",
    i = "Read it into a data frame first: {.code {code}}.", call = call
  )
}
