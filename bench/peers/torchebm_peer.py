"""TorchEBM itself on the shared work. One JSON line per case."""
import json, sys, time, torch, torchebm
from torchebm.samplers import LangevinDynamics, HamiltonianMonteCarlo
only = sys.argv[1] if len(sys.argv) > 1 else ""
try:
    from torchebm.core import DoubleWellModel as Well
except ImportError:
    from torchebm.core import DoubleWellEnergy as Well


def timed(fn, repeats=5):
    fn(); out = []
    for _ in range(repeats):
        t = time.perf_counter(); fn(); out.append(time.perf_counter() - t)
    return sorted(out)[len(out) // 2]


for n, d, steps in [(64, 8, 50), (256, 32, 100), (1024, 128, 200)]:
    for kind in ("langevin", "hmc"):
        name = f"{kind}/double_well/{n}x{d}x{steps}"
        if only not in name: continue
        energy = Well(barrier_height=2.0)
        s = LangevinDynamics(energy, step_size=1e-3) if kind == "langevin" else HamiltonianMonteCarlo(energy, step_size=1e-3, n_leapfrog_steps=10)
        sec = timed(lambda: s.sample(x=torch.randn(n, d), n_steps=steps), 3)
        print(json.dumps({"peer": f"torchebm {getattr(torchebm, '__version__', '?')}", "case": name, "per_s": n * steps / sec, "seconds": sec}), flush=True)
