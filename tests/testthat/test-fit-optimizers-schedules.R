test_that("a schedule is a list of its name and its numbers", {
  expect_identical(
    unclass(schedule_step(factor = 0.1, every = 30)),
    list(name = "step", factor = 0.1, every = 30L, warm_up = 0)
  )
  for (name in schedule_names) {
    schedule <- do.call(paste0("schedule_", name), list(warm_up = 2))
    expect_s3_class(schedule, "feedforward_schedule", exact = TRUE)
    expect_identical(schedule$name, name)
    expect_identical(schedule$warm_up, 2)
  }
})

test_that("schedules print in one line", {
  expect_snapshot({
    schedule_none()
    schedule_step()
    schedule_exponential()
    schedule_inverse_time(decay = 0.5)
    schedule_cosine(warm_up = 2.5)
  })
  expect_invisible(print(schedule_none()))
})

test_that("numbers out of range are refused by name", {
  refusals <- list(
    quote(schedule_none(warm_up = -1)),
    quote(schedule_none(warm_up = Inf)),
    quote(schedule_step(factor = 0)),
    quote(schedule_step(factor = 2)),
    quote(schedule_step(every = 0)),
    quote(schedule_exponential(decay = -0.1)),
    quote(schedule_exponential(decay = "slow")),
    quote(schedule_inverse_time(decay = NULL)),
    quote(schedule_cosine(final = 1.5)),
    quote(schedule_cosine(warm_up = NA))
  )
  expect_snapshot(show_refusals(refusals))
})
