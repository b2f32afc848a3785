"""Makes references: the logits of other libraries' models with random weights, for `test_parity.py`.

python tests/parity/references.py FOLDER [PATTERN]    in an environment that has torchvision and timm (not Keras)
"""

import fnmatch
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

TORCHVISION = {
    "alexnet": 224,
    "vgg11": 224,
    "vgg13_bn": 224,
    "resnet18": 64,
    "resnet50": 64,
    "resnext50_32x4d": 64,
    "wide_resnet50_2": 64,
    "densenet121": 64,
    "squeezenet1_0": 96,
    "squeezenet1_1": 96,
    "mobilenet_v2": 96,
    "mobilenet_v3_small": 96,
    "mobilenet_v3_large": 96,
    "efficientnet_b0": 96,
    "efficientnet_b1": 96,
    "efficientnet_v2_s": 96,
    "convnext_tiny": 96,
    "vit_b_16": 224,
    "vit_b_32": 224,
    "swin_t": 224,
    "swin_s": 224,
}
TIMM = {
    "mobilenet_v1": ("mobilenetv1_100", 96),
    "mobilenet_v3_large": ("mobilenetv3_large_100", 96),
    "efficientnet_b0": ("efficientnet_b0", 96),
    "efficientnet_v2_s": ("efficientnetv2_s", 96),
    "convnext_atto": ("convnext_atto", 96),
    "convmixer_1024_20_ks9_p14": ("convmixer_1024_20_ks9_p14", 112),
    "convmixer_768_32": ("convmixer_768_32", 112),
    "mixer_s32": ("mixer_s32_224", 224),
    "mixer_b16": ("mixer_b16_224", 224),
    "gmlp_s16": ("gmlp_s16_224", 224),
    "resmlp_12": ("resmlp_12_224", 224),
    "vit_tiny_patch16": ("vit_tiny_patch16_224", 224),
    "deit_small_patch16": ("deit_small_patch16_224", 224),
    "deit_tiny_distilled_patch16": ("deit_tiny_distilled_patch16_224", 224),
}


def build(source, variant):
    """Return a library's model, and the side of its images."""
    if source == "torchvision":
        import torchvision

        return torchvision.models.get_model(variant, weights=None), TORCHVISION[variant]
    import timm

    name, size = TIMM[variant]
    return timm.create_model(name, pretrained=False), size


@torch.no_grad()
def randomise(model):
    """Draw what a library starts at zeros or ones: biases, normalisations and their statistics, scales."""
    generator = torch.Generator().manual_seed(0)
    for name, tensor in (*model.named_parameters(), *model.named_buffers()):
        if not tensor.is_floating_point():
            continue
        if name.endswith("running_var") or (torch.all(tensor == tensor.flatten()[0]) and tensor.flatten()[0] != 0):
            tensor.uniform_(0.5, 1.5, generator=generator)
        elif torch.all(tensor == 0):
            tensor.normal_(0, 0.1, generator=generator)


@torch.no_grad()
def settle(model, x):
    """Set the statistics of batch normalisations to those of random images.

    With statistics that have nothing to do with what comes in, values grow from block to block of a deep network until
    its gates are either open or shut, and the last digit of a sum decides which.
    """
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
            module.train()
    model(torch.randn(8, *x.shape[1:]))
    model.eval()


def main(folder, pattern="*"):
    """Write a file of weights, inputs and logits for every variant."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    named = [("torchvision", variant) for variant in TORCHVISION] + [("timm", variant) for variant in TIMM]
    for source, variant in named:
        if not fnmatch.fnmatch(variant, pattern):
            continue
        torch.manual_seed(0)
        model, size = build(source, variant)
        randomise(model.eval())
        x = torch.randn(2, 3, size, size)
        settle(model, x)
        tensors = {name: value.clone().contiguous() for name, value in model.state_dict().items()}
        with torch.no_grad():
            logits = model(x)
            exact = model.double()(x.double())
        own = {"__x": x, "__logits": logits, "__rounding": (logits - exact).abs().max() / exact.abs().max()}
        save_file({**tensors, **own}, Path(folder) / f"{source}-{variant}.safetensors")
        print(source, variant, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
