"""Members of answers that are there and always empty, because there is nothing of the kind here."""

EMPTY = frozenset(
    {
        ("AdaptiveDynamicStreamingInfoItem", "CopyRightWatermarkText"),
        ("AdaptiveDynamicStreamingInfoItem", "DefaultSubtitleId"),
        ("AdaptiveDynamicStreamingInfoItem", "DigitalWatermarkType"),
        ("AdaptiveDynamicStreamingInfoItem", "SubtitleSet"),
        ("AddressFilter", "FilterType"),
        ("AddressFilter", "IPList"),
        ("MediaBasicInfo", "Vid"),
        ("MediaTranscodeItem", "CopyRightWatermarkText"),
        ("MediaTranscodeItem", "DigitalWatermarkType"),
        ("ProcedureTask", "AiAnalysisResultSet"),
        ("ProcedureTask", "AiContentReviewResultSet"),
        ("ProcedureTask", "AiRecognitionResultSet"),
        ("ProcedureTask", "OperationType"),
        ("ProcedureTask", "Operator"),
        ("ProcedureTemplate", "AiRecognitionTaskSet"),
        ("PullUploadTask", "ReviewAudioVideoTaskId"),
        ("Response", "ImportMediaKnowledgeTaskIdSet"),
        ("Response", "ReviewAudioVideoTaskId"),
        ("ReviewAudioVideoSegmentItem", "AreaCoordSet"),
        ("ReviewAudioVideoSegmentItem", "PicUrlExpireTime"),
        ("ReviewAudioVideoSegmentItem", "SubLabel"),
        ("ReviewAudioVideoTaskOutput", "SegmentSetFileUrl"),
        ("ReviewAudioVideoTaskOutput", "SegmentSetFileUrlExpireTime"),
        ("ReviewImageResult", "SegmentSetFileUrl"),
        ("ReviewImageResult", "SegmentSetFileUrlExpireTime"),
        ("ReviewImageSegmentItem", "AreaCoordSet"),
        ("ReviewImageSegmentItem", "SubLabel"),
    }
)
"""Name of the struct, and of the member."""
