"""JAX, BlackJAX and NumPyro peers on the shared work. One JSON line per case."""
import json, math, sys, time, resource
import jax, jax.numpy as jnp
import blackjax

names = sys.argv[1:]


def is_wanted(name):
    return not names or any(part in name for part in names)


ANGLES = jnp.arange(8) * (2 * math.pi / 8)
MEANS = 4 * jnp.stack([jnp.cos(ANGLES), jnp.sin(ANGLES)], -1)
ring8 = lambda x: jax.nn.logsumexp(-((x - MEANS) ** 2).sum(-1) / (2 * 0.25))   # log density
well = lambda x: -2.0 * ((x * x - 1) ** 2).sum()


def report(peer, name, units, seconds, first):
    print(json.dumps({"peer": peer, "case": name, "per_s": units / seconds, "seconds": seconds, "first_call_s": first,
                      "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)


def timed(fn, repeats=5):
    t = time.perf_counter(); jax.block_until_ready(fn(jax.random.key(0))); first = time.perf_counter() - t
    out = []
    for i in range(repeats):
        t = time.perf_counter(); jax.block_until_ready(fn(jax.random.key(i))); out.append(time.perf_counter() - t)
    return sorted(out)[len(out) // 2], first


def ula(logp, n, d, steps, eta):
    g = jax.vmap(jax.grad(logp))
    @jax.jit
    def run(key):
        x = jax.random.normal(key, (n, d))
        def body(x, k):
            return x + eta * g(x) + math.sqrt(2 * eta) * jax.random.normal(k, x.shape), None
        return jax.lax.scan(body, x, jax.random.split(key, steps))[0]
    return run


for n, d, steps in [(64, 8, 50), (256, 32, 100), (1024, 128, 200)]:
    name = f"langevin/double_well/{n}x{d}x{steps}"
    if is_wanted(name):
        s, f = timed(ula(well, n, d, steps, 1e-3)); report(f"jax {jax.__version__}", name, n * steps, s, f)
for n, steps in [(100, 1000), (10000, 200), (1000000, 3)]:
    name = f"langevin/ring8/{n}x2x{steps}"
    if is_wanted(name):
        s, f = timed(ula(ring8, n, 2, steps, 1e-2)); report(f"jax {jax.__version__}", name, n * steps, s, f)

def kernels(n, steps, kernel_name):
    if kernel_name == "mala": alg = blackjax.mala(ring8, 1e-1)
    if kernel_name == "hmc": alg = blackjax.hmc(ring8, 1e-1, jnp.ones(2), 10)
    if kernel_name == "random_walk": alg = blackjax.rmh(ring8, blackjax.mcmc.random_walk.normal(jnp.eye(2) * 1.0))
    if kernel_name == "barker": alg = blackjax.barker_proposal(ring8, 0.5)
    # The rest of the target beside the reference N(0, 16 I).
    if kernel_name == "elliptical_slice": alg = blackjax.elliptical_slice(lambda x: ring8(x) + (x ** 2).sum() / 32, mean=jnp.zeros(2), cov=16 * jnp.eye(2))
    if kernel_name == "nuts": alg = blackjax.nuts(ring8, 1e-1, jnp.ones(2))
    @jax.jit
    def run(key):
        x = jax.random.normal(key, (n, 2))
        state = jax.vmap(alg.init)(x)
        def body(state, k):
            state, info = jax.vmap(alg.step)(jax.random.split(k, n), state)
            return state, None
        return jax.lax.scan(body, state, jax.random.split(key, steps))[0].position
    return run

for k in ["random_walk", "elliptical_slice", "mala", "barker", "hmc", "nuts"]:
    for n, steps in [(100, 1000), (10000, 100)]:
        name = f"{k}/ring8/{n}x2x{steps}"
        if is_wanted(name):
            s, f = timed(kernels(n, steps, k), 3); report(f"blackjax {blackjax.__version__}", name, n * steps, s, f)

if is_wanted("raw"):
    r = jax.jit(lambda k: jax.random.normal(k, (1 << 20,)))
    s, f = timed(r); print(json.dumps({"case": "raw/normal jax", "ns": s * 1e9 / (1 << 20)}))

# score network: train + annealed
def init(key, sizes):
    ks = jax.random.split(key, len(sizes) - 1)
    return [(jax.random.normal(k, (a, b)) / math.sqrt(a), jnp.zeros(b)) for k, a, b in zip(ks, sizes[:-1], sizes[1:])]
def net(p, x, s):
    h = jnp.concatenate([x, jnp.log(s)], -1)
    for i, (w, b) in enumerate(p):
        h = h @ w + b
        if i < len(p) - 1: h = jax.nn.silu(h)
    return h / s
try:
    import optax
    for d, h, b, depth, steps in [(2, 128, 128, 2, 300), (2, 128, 512, 2, 300), (64, 256, 128, 3, 200), (784, 512, 128, 2, 50)]:
        name = f"train/dsm/mlp{d}-{h}x{depth}/batch{b}"
        if not is_wanted(name): continue
        sig = jnp.exp(jnp.linspace(0, math.log(0.01), 10)); opt = optax.adam(1e-3)
        p0 = init(jax.random.key(1), [d + 1] + [h] * depth + [d])
        data = jax.random.normal(jax.random.key(2), (8192, d))
        @jax.jit
        def run(key):
            def body(c, k):
                p, o, e = c; k1, k2, k3 = jax.random.split(k, 3)
                x = data[jax.random.randint(k1, (b,), 0, 8192)]; s = sig[jax.random.randint(k2, (b,), 0, 10)][:, None]; z = jax.random.normal(k3, x.shape)
                g = jax.grad(lambda p: 0.5 * ((net(p, x + s * z, s) * s + z) ** 2).sum(-1).mean())(p)
                u, o = opt.update(g, o); p = optax.apply_updates(p, u); e = jax.tree.map(lambda a, q: 0.999 * a + 0.001 * q, e, p)
                return (p, o, e), None
            p, _, e = jax.lax.scan(body, (p0, opt.init(p0), p0), jax.random.split(key, steps))[0]
            return p, e  # the average is what sampling uses: XLA leaves out what is not returned
        s, f = timed(run, 3); report(f"jax {jax.__version__} (scan)", name, steps * b, s, f)
except ImportError:
    pass
for n, d, h, depth, t in [(128, 2, 64, 2, 100), (128, 2, 128, 2, 100), (10000, 2, 128, 2, 10), (1024, 64, 256, 3, 10)]:
    name = f"annealed/mlp{d}-{h}x{depth}/{n}x{10 * t}"
    if not is_wanted(name): continue
    p = init(jax.random.key(1), [d + 1] + [h] * depth + [d]); sig = jnp.exp(jnp.linspace(0, math.log(0.01), 10))
    @jax.jit
    def run(key):
        x = jax.random.uniform(key, (n, d))
        def body(x, ks):
            k, s = ks; a = 2e-5 * (s / 0.01) ** 2
            return x + a * net(p, x, jnp.full((n, 1), s)) + jnp.sqrt(2 * a) * jax.random.normal(k, x.shape), None
        return jax.lax.scan(body, x, (jax.random.split(key, 10 * t), jnp.repeat(sig, t)))[0]
    s, f = timed(run, 3); report(f"jax {jax.__version__} (scan)", name, n * 10 * t, s, f)
