"""BlackJAX's NUTS after its window adaptation, each chain adapted by itself: draws into a file, a JSON line of cost per seed."""
import json, sys
import blackjax, jax, jax.numpy as jnp, numpy as np

target, (chains, warm_up, draws, seeds), file = sys.argv[1], map(int, sys.argv[2:6]), sys.argv[6]

DIM, CORRELATION = 50, 0.9
SCALE = 10 ** jnp.linspace(-1, 1, DIM)
EFFECTS = jnp.array([28.0, 8, -3, 7, -1, 1, 18, 12])
ERRORS = jnp.array([15.0, 10, 16, 11, 9, 11, 10, 18])


def gaussian50(x):
    """Covariance SCALE_i SCALE_j CORRELATION^|i-j|, by its conditionals."""
    u = x / SCALE
    return -0.5 * (u[0] ** 2 + jnp.sum((u[1:] - CORRELATION * u[:-1]) ** 2) / (1 - CORRELATION ** 2))


def eight_schools(x):
    """Not centred; chains move in log tau."""
    mu, log_tau, eta = x[0], x[1], x[2:]
    tau = jnp.exp(log_tau)
    prior = (mu / 5) ** 2 / 2 + jnp.log1p((tau / 5) ** 2) + jnp.sum(eta ** 2) / 2
    return log_tau - prior - jnp.sum(((EFFECTS - mu - tau * eta) / ERRORS) ** 2) / 2


log_density, dim, emitted = {
    "gaussian50": (gaussian50, DIM, lambda x: x),
    "eight_schools": (eight_schools, 10, lambda x: x.at[..., 1].set(jnp.exp(x[..., 1]))),
}[target]

adaptation = blackjax.window_adaptation(
    blackjax.nuts, log_density, is_mass_matrix_diagonal=True, target_acceptance_rate=0.8,
    adaptation_info_fn=blackjax.adaptation.base.get_filter_adapt_info_fn())


def chain(key):
    start_key, adapt_key, draw_key = jax.random.split(key, 3)
    (state, tuning), _ = adaptation.run(adapt_key, jax.random.normal(start_key, (dim,)), num_steps=warm_up)
    kernel = blackjax.nuts(log_density, **tuning)

    def step(state, key):
        state, info = kernel.step(key, state)
        return state, (emitted(state.position), info.num_integration_steps, info.acceptance_rate)

    return jax.lax.scan(step, state, jax.random.split(draw_key, draws))[1]


run = jax.jit(jax.vmap(chain))
with open(file, "wb") as out:
    for seed in range(1, seeds + 1):
        positions, steps, acceptance = run(jax.random.split(jax.random.key(seed), chains))
        out.write(np.ascontiguousarray(np.asarray(positions, np.float32).transpose(2, 0, 1)).tobytes())  # [dim, chains, draws]
        print(json.dumps({"peer": f"blackjax {blackjax.__version__}", "gradients": int(steps.sum()), "acceptance_rate": float(acceptance.mean())}), flush=True)
