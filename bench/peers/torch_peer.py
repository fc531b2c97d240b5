"""PyTorch peers on the shared work. Prints one JSON line per case.

Usage: python torch_peer.py [parts of names of cases ...]
"""
import json, math, sys, time, resource
import torch

names = sys.argv[1:]


def is_wanted(name):
    return not names or any(part in name for part in names)


torch.manual_seed(0)


def report(name, units, seconds, **extra):
    print(json.dumps({"peer": f"torch {torch.__version__}", "case": name, "per_s": units / seconds,
                      "seconds": seconds, "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, **extra}), flush=True)


def timed(fn, repeats=5):
    fn()
    out = []
    for _ in range(repeats):
        t = time.perf_counter(); fn(); out.append(time.perf_counter() - t)
    return sorted(out)[len(out) // 2]


# ---- energies -------------------------------------------------------------
def double_well(x, h=2.0):
    return h * ((x * x - 1) ** 2).sum(-1)


ANGLES = torch.arange(8) * (2 * math.pi / 8)
MEANS = 4 * torch.stack([ANGLES.cos(), ANGLES.sin()], -1)


def ring8(x, s=0.5):  # eight equal Gaussians on a circle of radius 4
    return -torch.logsumexp(-((x[:, None] - MEANS) ** 2).sum(-1) / (2 * s * s), -1)


def grad(energy, x):
    x = x.detach().requires_grad_(True)
    return torch.autograd.grad(energy(x).sum(), x)[0]


def langevin(energy, n, d, steps, eta):
    def run():
        x = torch.randn(n, d)
        for _ in range(steps):
            x = x - eta * grad(energy, x) + math.sqrt(2 * eta) * torch.randn(n, d)
        return x
    return run


for n, d, steps in [(64, 8, 50), (256, 32, 100), (1024, 128, 200)]:
    name = f"langevin/double_well/{n}x{d}x{steps}"
    if is_wanted(name):
        report(name, n * steps, timed(langevin(double_well, n, d, steps, 1e-3)))
for n, steps in [(100, 1000), (10000, 200), (1000000, 3)]:
    name = f"langevin/ring8/{n}x2x{steps}"
    if is_wanted(name):
        report(name, n * steps, timed(langevin(ring8, n, 2, steps, 1e-2), 3))


# ---- score network --------------------------------------------------------
class Mlp(torch.nn.Module):
    """s(x, sigma) = f([x, log sigma]) / sigma, SiLU, the work of every score case."""
    def __init__(self, d, h, depth=2):
        super().__init__()
        sizes = [d + 1] + [h] * depth + [d]
        layers = []
        for i in range(len(sizes) - 1):
            layers.append(torch.nn.Linear(sizes[i], sizes[i + 1]))
            if i < len(sizes) - 2:
                layers.append(torch.nn.SiLU())
        self.f = torch.nn.Sequential(*layers)

    def forward(self, x, sigma):
        return self.f(torch.cat([x, sigma.log()], -1)) / sigma


def train(d, h, batch, steps=200, depth=2, net=None):
    net = net or Mlp(d, h, depth)
    opt = torch.optim.Adam(net.parameters(), 1e-3)
    ema = [p.detach().clone() for p in net.parameters()]
    sigmas = torch.exp(torch.linspace(0, math.log(0.01), 10))
    data = torch.randn(8192, d)

    def run():
        for _ in range(steps):
            x = data[torch.randint(0, 8192, (batch,))]
            s = sigmas[torch.randint(0, 10, (batch,))][:, None]
            z = torch.randn_like(x)
            loss = 0.5 * ((net(x + s * z, s) * s + z) ** 2).sum(-1).mean()
            opt.zero_grad(set_to_none=True); loss.backward(); opt.step()
            with torch.no_grad():
                torch._foreach_mul_(ema, 0.999); torch._foreach_add_(ema, [p.detach() for p in net.parameters()], alpha=0.001)
    return run, steps * batch


for d, h, b, depth, steps in [(2, 128, 128, 2, 300), (2, 128, 512, 2, 300), (64, 256, 128, 3, 200), (784, 512, 128, 2, 50)]:
    name = f"train/dsm/mlp{d}-{h}x{depth}/batch{b}"
    if is_wanted(name):
        run, units = train(d, h, b, steps, depth)
        report(name, units, timed(run, 3))


@torch.no_grad()
def annealed(net, n, d, levels=10, t=20, eps=2e-5):
    sigmas = torch.exp(torch.linspace(0, math.log(0.01), levels))
    x = torch.rand(n, d)
    for s in sigmas:
        a = eps * (s / sigmas[-1]) ** 2
        sv = s.expand(n, 1)
        for _ in range(t):
            x = x + a * net(x, sv) + (2 * a).sqrt() * torch.randn(n, d)
    return x


for n, d, h, depth, t in [(128, 2, 128, 2, 100), (10000, 2, 128, 2, 10), (1024, 64, 256, 3, 10)]:
    name = f"annealed/mlp{d}-{h}x{depth}/{n}x{10 * t}"
    if is_wanted(name):
        net = Mlp(d, h, depth)
        report(name, n * 10 * t, timed(lambda: annealed(net, n, d, 10, t), 3))

# ---- the U-Net of pipelines/mnist.yaml --------------------------------------
def normalized(x):
    return torch.nn.functional.group_norm(x, 1)


class Block(torch.nn.Module):
    def __init__(self, inputs, outputs, embedding):
        super().__init__()
        self.a = torch.nn.Conv2d(inputs, outputs, 3, padding=1)
        self.b = torch.nn.Conv2d(outputs, outputs, 3, padding=1)
        self.modulate = torch.nn.Linear(embedding, 2 * outputs)
        self.shortcut = torch.nn.Identity() if inputs == outputs else torch.nn.Conv2d(inputs, outputs, 1)

    def forward(self, x, e):
        silu = torch.nn.functional.silu
        gain, offset = self.modulate(e)[:, :, None, None].chunk(2, 1)
        made = normalized(self.a(silu(normalized(x)))) * (1 + gain) + offset
        return self.shortcut(x) + self.b(silu(made))


class Unet(torch.nn.Module):
    """Patches of 2 x 2 pixels, channels 32 and 64 with one block each way, attention at the lower level."""
    def __init__(self, embedding=64):
        super().__init__()
        self.frequencies = 0.25 * 64 ** (torch.arange(embedding // 2) / (embedding // 2 - 1))
        self.embed = torch.nn.Linear(embedding, embedding)
        self.input = torch.nn.Conv2d(4, 32, 3, padding=1)
        self.down = torch.nn.ModuleList([Block(32, 32, embedding), Block(32, 64, embedding)])
        self.qkv, self.out = torch.nn.Linear(64, 192), torch.nn.Linear(64, 64)
        self.up = Block(96, 32, embedding)
        self.output = torch.nn.Conv2d(32, 4, 3, padding=1)

    def forward(self, x, sigma):
        f = torch.nn.functional
        angles = sigma.log() * self.frequencies
        e = f.silu(self.embed(torch.cat([angles.cos(), angles.sin()], 1)))
        image = f.pixel_unshuffle(x.view(-1, 1, 28, 28), 2).contiguous(memory_format=torch.channels_last)
        top = self.down[0](self.input(image), e)
        low = self.down[1](f.avg_pool2d(top, 2), e)
        q, k, v = self.qkv(normalized(low).flatten(2).transpose(1, 2)).chunk(3, 2)
        low = low + self.out(f.scaled_dot_product_attention(q, k, v)).transpose(1, 2).reshape(low.shape)
        up = self.up(torch.cat([f.interpolate(low, scale_factor=2), top], 1), e)
        return f.pixel_shuffle(self.output(f.silu(normalized(up))), 2).flatten(1) / sigma


if is_wanted("train/dsm/unet/batch64"):
    run, units = train(784, 0, 64, 16, net=Unet().to(memory_format=torch.channels_last))
    report("train/dsm/unet/batch64", units, timed(run))
if is_wanted("annealed/unet/100x20"):
    net = Unet().to(memory_format=torch.channels_last)
    report("annealed/unet/100x20", 2000, timed(lambda: annealed(net, 100, 784, 10, 2)))

if is_wanted("raw"):
    a, b = torch.randn(512, 128), torch.randn(128, 128)
    s = timed(lambda: [a @ b for _ in range(200)]); print(json.dumps({"case": "raw/gemm512x128x128", "gflops": 200 * 2 * 512 * 128 * 128 / s / 1e9, "threads": torch.get_num_threads()}))
    s = timed(lambda: torch.randn(1 << 20)); print(json.dumps({"case": "raw/normal", "ns": s * 1e9 / (1 << 20)}))
