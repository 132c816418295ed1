using System.Buffers.Binary;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint.StandIns;

/// <summary>Answers questions for names (RFC 1035): every name is unknown.</summary>
internal sealed class UnknownNames : DatagramStandIn
{
    private const int HeaderLength = 12;
    private const byte Response = 0x80;
    private const byte RecursionAvailable = 0x80;
    private const byte NameError = 3;

    /// <inheritdoc/>
    protected override Task<byte[]?> AnswerAsync(byte[] question, CancellationToken cancellationToken) => Task.FromResult(Answer(question));

    /// <summary>NXDOMAIN to one question; null: it is none.</summary>
    private static byte[]? Answer(byte[] question)
    {
        if (question.Length < HeaderLength || (question[2] & Response) != 0 || BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(4)) != 1)
        {
            return null;
        }

        // Labels up to the empty one, then type and class. What follows (EDNS) is left out: the answer makes no use of it.
        int end = HeaderLength;
        while (end < question.Length && question[end] != 0)
        {
            end += question[end] + 1;
        }

        end += 1 + 4;
        if (end > question.Length)
        {
            return null;
        }

        byte[] answer = question[..end];
        answer[2] |= Response;
        answer[3] = RecursionAvailable | NameError;
        answer.AsSpan(6, 6).Clear();
        return answer;
    }
}
