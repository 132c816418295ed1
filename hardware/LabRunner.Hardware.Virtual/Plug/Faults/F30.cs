using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>An OTA upload stalls after its first bytes: nothing more is read and no reply comes. Or it is taken whole, and the answer alone is lost.</summary>
[PlantedFault("F30", Layer = FaultLayer.Update, Shows = "an upload stops after its first bytes, or ends without the answer")]
[FaultParameter("times", "Uploads that may stall, counted from the first; the others do not. 0 to 1,000,000. Default all.")]
[FaultParameter("probability", "Share of uploads that stall, 0 to 1. Default 1.")]
[FaultParameter("bytes", "Body bytes read before the stall (whole reads are counted), 0 to 557056. Default 253.")]
[FaultParameter("answer", "given, or lost: the connection of an upload that was taken is reset after its last byte. Default given.")]
internal sealed class F30(FaultParameters parameters, Chance chance) : OtaFault(parameters, chance)
{
    private readonly double _probability = parameters.Number("probability", 1, 0, 1);
    private readonly int _bytes = (int)parameters.Number("bytes", 253, 0, 557_056);
    private readonly bool _losesAnswer = parameters.Word("answer", "given", "lost") == "lost";
    private int _left = (int)parameters.Number("times", int.MaxValue, 0, 1_000_000);

    public override bool LosesAnswer => _losesAnswer;

    public override int? OnStarted(PlugFirmware firmware, int contentLength) => _left-- > 0 && Chance.NextUnit() < _probability ? _bytes : null;
}
