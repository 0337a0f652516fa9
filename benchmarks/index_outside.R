# Every street's figure and standard error by generalised least squares; no type counts with less than 0 or more than 100.
# Called by index_outside.py.
folder <- commandArgs(trailingOnly = TRUE)[1]
cells <- read.csv(file.path(folder, "cells.csv"), colClasses = c("character", "character", "numeric", "numeric"))
of <- read.csv(file.path(folder, "variances.csv"))
cells$noise <- of$cell + of$site / cells$sites
fit <- lm(mean ~ 0 + street + type, data = cells, weights = 1 / noise)
covariance <- summary(fit)$cov.unscaled
figures <- do.call(rbind, lapply(split(cells, cells$street), function(here) {
  share <- 1 / nrow(here)
  kept <- of$cell / here$noise
  figure <- sum(share * pmin(pmax(kept * here$mean + (1 - kept) * predict(fit, here), 0), 100))
  load <- colSums(share * (1 - kept) * model.matrix(~ 0 + street + type, cells)[rownames(here), , drop = FALSE])
  variance <- sum(share^2 * of$cell * (1 - kept)) + drop(t(load) %*% covariance %*% load)
  data.frame(street = here$street[1], figure = figure, error = sqrt(variance))
}))
write.csv(format(figures, digits = 15), file.path(folder, "figures.csv"), row.names = FALSE, quote = FALSE)
