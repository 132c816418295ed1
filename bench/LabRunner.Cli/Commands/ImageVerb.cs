using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Images;

namespace LabRunner.Cli.Commands;

/// <summary><c>image inspect|make-ota</c>: what a firmware file is, and OTA files to test updates with.</summary>
internal sealed class ImageVerb : IVerb
{
    private readonly Argument<string> _file = new("file") { Description = "Firmware file." };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };

    private readonly Option<string> _out = new("--out", "-o") { Description = "File to write.", Required = true };

    private readonly Option<OtaBreak> _break = new("--break")
    {
        Description = "How to break it on purpose.",
        DefaultValueFactory = _ => OtaBreak.None,
    };

    private readonly Option<string> _version = new("--software-version")
    {
        Description = "Version in the header, at most 16 characters.",
        DefaultValueFactory = _ => "EVENT_V1.1.1",
    };

    private readonly Option<string?> _headerFrom = new("--header-from")
    {
        Description = "For code without boot header: a file of the same board that has one, such as a backup.",
    };

    private readonly Argument<string> _plugVersion = new("version") { Description = "Version it names, 1 to 32 printable ASCII characters." };

    private readonly Option<string> _chip = new("--chip") { Description = "Chip of the virtual plug: BL602, BK7231N or BK7231T.", DefaultValueFactory = _ => "BL602" };

    public Command Build()
    {
        Command inspect = new("inspect", "Say what a firmware file is, what is in it and what is wrong with it. Example: ./lab image inspect OpenBL602.bin.xz.ota") { _file, _json };
        inspect.SetAction(Inspect);
        Command makeOta = new(
            "make-ota",
            "Make an OTA file from BL602 firmware (boot header and code, packed with xz), or break one on purpose. Example: ./lab image make-ota good.ota --break Hash -o bad.ota")
        {
            _file, _out, _break, _version, _headerFrom,
        };
        makeOta.SetAction(MakeOta);
        Command makeVirtual = new("make-virtual", "Make firmware that a virtual plug boots, as it is flashed. Example: ./lab image make-virtual 1.18.200 -o new.bin") { _plugVersion, _out, _chip };
        makeVirtual.SetAction(MakeVirtual);
        return new Command("image", "Firmware files: inspect, make-ota, make-virtual. Example: ./lab image inspect OpenBL602.bin.xz.ota") { inspect, makeOta, makeVirtual };
    }

    private int Inspect(ParseResult parsed)
    {
        string path = parsed.GetValue(_file)!;
        FirmwareImage image = FirmwareImage.Recognise(ImageFile.Read(path));
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(
                new
                {
                    file = path,
                    kind = image.Kind.ToString(),
                    chip = image.Chip.ToString(),
                    lengthBytes = image.File.Length,
                    sha256 = image.Sha256,
                    version = image.Version,
                    facts = image.Facts,
                    problems = image.Problems,
                },
                JsonSerializerOptions.Web));
        }
        else
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {image.KindText}, {image.File.Length:N0} bytes"));
            Console.WriteLine($"  SHA-256             {image.Sha256}");
            if (image.Version is { } version)
            {
                Console.WriteLine($"  version             {Printable(version)}");
            }

            foreach (ImageFact fact in image.Facts)
            {
                Console.WriteLine($"  {fact.Name,-19} {Printable(fact.Value)}");
            }

            Console.WriteLine(image.Problems.Count == 0 ? "  no problem found" : "  problems:");
            foreach (string problem in image.Problems)
            {
                Console.WriteLine("    - " + Printable(problem));
            }
        }

        return (int)(image.Problems.Count == 0 ? ExitCode.Pass : ExitCode.BadFile);
    }

    private int MakeVirtual(ParseResult parsed)
    {
        byte[] made;
        try
        {
            made = VirtualImages.For(parsed.GetValue(_plugVersion)!, ChipModels.Parse(parsed.GetValue(_chip)!));
        }
        catch (ArgumentException wrong)
        {
            throw new UsageException(wrong.Message.Split(" (Parameter", 2)[0]);
        }

        ImageFile.Write(parsed.GetValue(_out)!, made);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{parsed.GetValue(_out)}: {FirmwareImage.Recognise(made).KindText} of a virtual plug, {made.Length:N0} bytes"));
        return (int)ExitCode.Pass;
    }

    private int MakeOta(ParseResult parsed)
    {
        string path = parsed.GetValue(_file)!;
        string target = parsed.GetValue(_out)!;
        OtaBreak defect = parsed.GetValue(_break);
        FirmwareImage image = FirmwareImage.Recognise(ImageFile.Read(path));
        if (image.Problems.Count > 0)
        {
            throw new UsageException(image.Kind == ImageKind.Unknown ? $"{path}: {Printable(image.Problems[0])}" : $"{path} is not sound, and an OTA file is made from a sound one: {Printable(image.Problems[0])}. See ./lab image inspect {path}.");
        }

        (byte[] body, uint unpacked) = image.Kind == ImageKind.Bl602Ota
            ? (image.File.Span[OtaImage.HeaderLength..].ToArray(), OtaImage.ReadHeader(image.File.Span)?.UnpackedLength ?? OtaImage.UnknownLength)
            : Packed(Firmware(path, image, parsed.GetValue(_headerFrom)));
        string version = image.Kind == ImageKind.Bl602Ota && parsed.GetResult(_version) is null or { Implicit: true } ? image.Version ?? "" : parsed.GetValue(_version)!;
        if (version.Length > 16 || version.Any(c => c is < ' ' or > '~'))
        {
            throw new UsageException("--software-version: 1 to 16 printable ASCII characters.");
        }

        string packing = OtaImage.ReadHeader(image.File.Span)?.Packing ?? "XZ";
        byte[] made;
        try
        {
            made = OtaForge.Make(body, defect, unpacked, version, packing);
        }
        catch (ArgumentException cannot)
        {
            throw new UsageException($"--break {defect} cannot be made from {path}: {cannot.Message}");
        }

        ImageFile.Write(target, made);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{target}: OTA file, {made.Length:N0} bytes, {(defect == OtaBreak.None ? "sound" : $"made on purpose ({defect})")}"));
        IReadOnlyList<string> problems = OtaImage.Check(made);
        foreach (string problem in problems)
        {
            Console.WriteLine("  - " + problem);
        }

        return (int)(defect == OtaBreak.None && problems.Count > 0 ? ExitCode.BadFile : ExitCode.Pass);
    }

    /// <summary>Boot header and code as they stand at 0x10000: what boot2 unpacks there.</summary>
    private static byte[] Firmware(string path, FirmwareImage image, string? headerFrom)
    {
        switch (image.Kind)
        {
            case ImageKind.Bl602Firmware or ImageKind.Bl602WholeFlash:
                return Bl602Images.FirmwareOf(image);
            case ImageKind.Bl602BareCode when headerFrom is null:
                throw new UsageException(
                    $"{path} is code without the boot header that boot2 needs in front of it, and the header's flash and clock settings belong to the board. Name a file that has it, such as a backup of the plug: --header-from backup.bin");
            case ImageKind.Bl602BareCode:
                FirmwareImage source = FirmwareImage.Recognise(ImageFile.Read(headerFrom));
                return source.Kind is ImageKind.Bl602Firmware or ImageKind.Bl602WholeFlash && BootHeader.Read(Bl602Images.FirmwareOf(source), out string? wrong) is { } header && wrong is null
                    ? Bl602Images.WithHeader(header, image.File.Span)
                    : throw new UsageException($"--header-from: {headerFrom} is a {source.KindText}, and a sound boot header of firmware is needed: a whole-flash image or firmware with its header.");
            default:
                throw new UsageException(
                    $"{path} is a {image.KindText}. An OTA file is made from another OTA file, from a whole-flash image, or from BL602 firmware with or without its boot header.");
        }
    }

    private static (byte[] Body, uint Unpacked) Packed(byte[] firmware) => (Xz.Pack(firmware), (uint)firmware.Length);

    // Texts in an image are data: no escape sequence reaches the terminal.
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
